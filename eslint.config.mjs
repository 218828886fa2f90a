import js from '@eslint/js'
import ts from 'typescript-eslint'
import layerscope from './scripts/lint/import-table.mjs'

export default ts.config(
  {
    ignores: [
      '**/node_modules',
      '**/dist',
      'widgets/lib',
      '**/labextension',
      '.venv',
      '.cache',
      'notebooks/**/*.ipynb',
    ],
  },
  js.configs.recommended,
  ...ts.configs.recommended,
  {
    plugins: { layerscope },
    rules: {
      'layerscope/import-table': 'error',
      'max-lines': ['error', { max: 700, skipBlankLines: false }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrors: 'none' },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/ban-ts-comment': [
        'error',
        { 'ts-expect-error': 'allow-with-description' },
      ],
      '@typescript-eslint/no-empty-object-type': [
        'error',
        { allowInterfaces: 'with-single-extends' },
      ],
      'no-eval': 'error',
      'no-new-func': 'error',
      'prefer-const': ['error', { destructuring: 'all' }],
    },
  },
  {
    files: ['**/*.mjs', '**/*.js'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        performance: 'readonly',
        AbortSignal: 'readonly',
        AbortController: 'readonly',
        WebAssembly: 'readonly',
        structuredClone: 'readonly',
        document: 'readonly',
        window: 'readonly',
        globalThis: 'readonly',
        TextDecoder: 'readonly',
        TextEncoder: 'readonly',
        SharedArrayBuffer: 'readonly',
        Atomics: 'readonly',
        URLSearchParams: 'readonly',
        navigator: 'readonly',
        localStorage: 'readonly',
        matchMedia: 'readonly',
        location: 'readonly',
        getComputedStyle: 'readonly',
      },
    },
  },
)
