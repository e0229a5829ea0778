/** The process of one order: it is told what to order, says how that ended, and its memory goes with it. */
import { type AcmeSources, orderCertificate } from "./order.ts";
import type { Place } from "./place.ts";

// The daemon is gone: so is whoever would use the certificate.
process.once("disconnect", () => process.exit());
process.once("message", ({ sources, place }: { sources: AcmeSources; place: Place }) => {
  void orderCertificate(sources, place).then((fault) => process.send?.(fault ?? null, () => process.disconnect()));
});
