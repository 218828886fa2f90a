#!/usr/bin/env node
/** `layerscope-grade COMMAND`: see `layerscope-grade help`. */
import { main } from './grader/main.ts'

process.exitCode = await main(process.argv.slice(2))
