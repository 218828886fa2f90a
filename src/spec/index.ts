export * from './host.ts'
export * from './view.ts'
export * from './live.ts'
