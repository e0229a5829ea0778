/** The thread of one order: it is born, orders, says how that ended, and its memory goes with it. */
import { parentPort, workerData } from "node:worker_threads";
import { type AcmeSources, orderCertificate } from "./order.ts";
import type { Place } from "./place.ts";

const { sources, place } = workerData as { sources: AcmeSources; place: Place };
parentPort?.postMessage((await orderCertificate(sources, place)) ?? null);
