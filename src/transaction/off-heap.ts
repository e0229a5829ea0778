/**
 * Memory that the garbage collector does not count. An `ArrayBuffer` raises what V8 believes the heap has grown by, and each
 * 8 MB of them bring a full collection of everything else; a shared one does not, though nobody shares these.
 */
export function offHeap(bytes: number): SharedArrayBuffer {
  return new SharedArrayBuffer(bytes);
}
