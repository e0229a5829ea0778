import { hasBatch } from "./batch.ts";
import { udpContract } from "./udp.contract.ts";

udpContract("dgram");
// Where there is no compiler the addon is missing on purpose: native/udp/install.mjs has said so.
if (hasBatch()) udpContract("batch");
