import { PCAP_HEADER, type PcapForm, pcapForm } from "./pcap.ts";
import { PcapngBlocks } from "./pcapng.ts";
import { type Damage, MOST_PACKET, type OnPacket, type Step } from "./record.ts";

/**
 * Reads pcap (both byte orders, micro- and nanoseconds) and pcapng in pieces of any size. Memory: one packet and one piece. What comes behind
 * damage is not guessed at.
 */
export class CaptureReader {
  readonly #onPacket: OnPacket;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes without which no further step can be made. */
  #wanted = 4;
  /** Bytes of blocks of no interest that are passed over as they come. */
  #skip = 0;
  /** Bytes of the file that were taken. */
  #taken = 0;
  #pcap: PcapForm | undefined;
  #pcapng: PcapngBlocks | undefined;
  #damage: Damage | undefined;
  packets = 0;

  constructor(onPacket: OnPacket) {
    this.#onPacket = (at, link, bytes, start, end, cut) => {
      this.packets++;
      onPacket(at, link, bytes, start, end, cut);
    };
  }

  get damage(): Damage | undefined {
    return this.#damage;
  }

  /** Is this how a capture begins? Takes the first 4 bytes. */
  static begins(bytes: Buffer): boolean {
    return bytes.length >= 4 && (pcapForm(bytes) !== undefined || bytes.readUInt32LE(0) === 0x0a0d0d0a);
  }

  /** The next piece of the file; it is the reader's until its packets were taken, so do not use it again. */
  push(piece: Buffer): void {
    let chunk = piece;
    if (this.#damage !== undefined) return;
    if (this.#skip > 0) {
      const passed = Math.min(this.#skip, chunk.length);
      this.#skip -= passed;
      this.#taken += passed;
      chunk = chunk.subarray(passed);
    }
    if (chunk.length === 0) return;
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    // Joined only when it is enough to go on: a packet in a thousand pieces is copied once.
    if (this.#heldBytes < this.#wanted) return;
    const bytes = this.#held.length === 1 ? chunk : Buffer.concat(this.#held);
    const left = bytes.subarray(this.#run(bytes));
    this.#held = left.length === 0 ? [] : [left];
    this.#heldBytes = left.length;
  }

  /** The file is over. */
  end(): void {
    if (this.#damage !== undefined) return;
    if (this.#taken === 0 && this.#heldBytes < 4) this.#broken("the file is no capture");
    else if (this.#heldBytes > 0 || this.#skip > 0) this.#broken("the file ends in the middle of a packet");
    this.#held = [];
    this.#heldBytes = 0;
  }

  /** Takes what is whole; gives how many bytes that was. */
  #run(bytes: Buffer): number {
    let at = 0;
    this.#wanted = 4;
    while (this.#damage === undefined) {
      const step = bytes.length - at < 4 ? this.#need(4) : this.#step(bytes, at);
      if (typeof step === "string") {
        this.#broken(step);
        return bytes.length;
      }
      if (step < 0) break;
      const there = Math.min(step, bytes.length - at);
      this.#skip = step - there;
      at += there;
      this.#taken += there;
      if (this.#skip > 0) break;
    }
    return at;
  }

  #step(bytes: Buffer, at: number): Step {
    if (this.#pcapng !== undefined)
      return this.#pcapng.step(bytes, at, this.#onPacket) ?? this.#need(this.#pcapng.wanted);
    if (this.#pcap !== undefined) return this.#record(this.#pcap, bytes, at);
    if (bytes.readUInt32LE(at) === 0x0a0d0d0a) {
      this.#pcapng = new PcapngBlocks();
      return 0;
    }
    const form = pcapForm(bytes.subarray(at));
    if (form === undefined) return "the file is no capture (neither pcap nor pcapng)";
    if (bytes.length - at < PCAP_HEADER) return this.#need(PCAP_HEADER);
    form.link = form.read(bytes, at + 20) & 0x0fffffff;
    this.#pcap = form;
    return PCAP_HEADER;
  }

  #record({ read, perMs, link }: PcapForm, bytes: Buffer, at: number): Step {
    if (bytes.length - at < 16) return this.#need(16);
    const kept = read(bytes, at + 8);
    const whole = read(bytes, at + 12);
    if (kept > MOST_PACKET) return `a packet of ${kept} bytes: the file is damaged here`;
    if (bytes.length - at < 16 + kept) return this.#need(16 + kept);
    const ms = read(bytes, at) * 1_000 + read(bytes, at + 4) / perMs;
    this.#onPacket(ms, link, bytes, at + 16, at + 16 + kept, kept < whole);
    return 16 + kept;
  }

  #need(wanted: number): -1 {
    this.#wanted = wanted;
    return -1;
  }

  #broken(why: string): void {
    this.#damage = { at: this.#taken, why };
    this.#held = [];
    this.#heldBytes = 0;
  }
}
