import type { Module } from '../nn/module.ts'
import type { Subject } from './subject.ts'

/** A network whose shapes cannot be inferred, as its summary: one line a layer, with its parameters. */
export class ModuleSubject implements Subject {
  constructor(
    private readonly net: Module,
    /** Why there is no more. */
    private readonly reason: string,
  ) {}
  spec(): null {
    return null
  }
  picture(): null {
    return null
  }
  text(): string {
    const total = this.net.parameters().reduce((n, p) => n + p.size, 0)
    return `${this.net.toString()}\n${total.toLocaleString('en')} parameters\n${this.reason}`
  }
}
