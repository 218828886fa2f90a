"""Jupyter's own test suite of the protocol, with samples in TypeScript."""

import unittest

import jupyter_kernel_test as jkt

KERNEL = "layerscope"


class LayerscopeTests(jkt.KernelTests):
    kernel_name = KERNEL
    language_name = "typescript"
    file_extension = ".ts"

    code_hello_world = "console.log('hello, world')"
    code_stderr = "console.error('on stderr')"
    completion_samples = [
        {"text": "process.getu", "matches": {"getuid"}},
        {"text": "'\U0001f600'.codeP", "matches": {"codePointAt"}},
    ]
    complete_code_samples = ["1", "const x = `a`", "function f() {\n  return 1\n}", "[1, 2].map(x => x)"]
    incomplete_code_samples = ["function f() {", "const x = `a", "[1,", "if (true)", "({ a: 1"]
    invalid_code_samples = ["const = 1", "let 1a", ")("]
    code_page_something = "console?"
    code_generate_error = "throw new Error('on purpose')"
    code_execute_result = [
        {"code": "1 + 2 + 3", "result": "6"},
        {"code": "[1, 2, 3].map(n => n * 2).join()", "result": "'2,4,6'"},
        {"code": "'text'", "result": "'text'"},
    ]
    code_display_data = [
        {"code": "display({ 'text/html': '<b>bold</b>' })", "mime": "text/html"},
        {"code": "display({ 'image/png': new Uint8Array([137, 80]) })", "mime": "image/png"},
    ]
    code_history_pattern = "1 + 2*"
    supported_history_operations = ("tail", "range", "search")
    code_inspect_sample = "Math.max"
    code_clear_output = "console.clear()"


class LayerscopeIopubWelcomeTests(jkt.IopubWelcomeTests):
    kernel_name = KERNEL
    support_iopub_welcome = True


if __name__ == "__main__":
    unittest.main(verbosity=2)
