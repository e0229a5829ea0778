import { CaptureReader } from "../capture/index.ts";

/** Is a file that begins so a capture? All others are read as logs. */
export function isCapture(first: Buffer): boolean {
  return CaptureReader.begins(first);
}
