import { parentPort, workerData } from 'node:worker_threads'
import { type Task, watch } from './world.ts'

parentPort?.postMessage(watch(workerData as Task))
