/** A phone in a process of its own, told what to do over IPC: `remote-phone.ts` starts it in a network namespace. */
import { openPhone, type PhoneOptions, type Softphone } from "../../../src/demo/index.ts";

/** What one can ask of it; answers are plain data. */
export type Asked =
  | { readonly what: "open"; readonly options: PhoneOptions }
  | { readonly what: "register" | "unregister" | "called" | "endCalled" | "endCall" | "heard" }
  | { readonly what: "call"; readonly uri: string };

let phone: Softphone | undefined;
let call: ReturnType<Softphone["call"]> | undefined;

async function perform(asked: Asked): Promise<unknown> {
  if (asked.what === "open") {
    phone = await openPhone(asked.options);
    return phone.wire.sentBy;
  }
  if (phone === undefined) throw new Error("no phone is open");
  switch (asked.what) {
    case "register":
      return (await phone.register()).status;
    case "unregister":
      return (await phone.unregister()).status;
    case "call":
      call = phone.call(asked.uri);
      return (await call.final).status;
    case "called":
      await phone.calls.at(-1)?.confirmed;
      return phone.calls.length;
    case "endCall":
      return (await call?.request("BYE"))?.status;
    case "endCalled":
      return (await phone.calls.at(-1)?.request("BYE"))?.status;
    case "heard":
      return phone.wire.received.map((m) => m.text);
  }
}

process.on("message", ({ id, asked }: { id: number; asked: Asked }) => {
  perform(asked).then(
    (data) => process.send?.({ id, data }),
    (error: Error) => process.send?.({ id, error: error.message }),
  );
});
// Who started us is gone: so are we.
process.on("disconnect", () => process.exit(0));
