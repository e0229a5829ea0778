/** Why a socket could not be opened, for an operator: a stable code and one human sentence. */
export interface OpenFault {
  readonly code: string;
  readonly message: string;
}

/** True when opening failed. A transport has no `message`. */
export function isOpenFault(x: object): x is OpenFault {
  return "message" in x;
}

const SENTENCES: Record<string, string> = {
  EADDRINUSE: "is already in use by another program (see: ss -lnp)",
  EACCES: "may not be opened by this user: ports below 1024 need CAP_NET_BIND_SERVICE",
  EPERM: "may not be opened by this user",
  EADDRNOTAVAIL: "is no address of this machine (see: ip address)",
  EAFNOSUPPORT: "cannot be opened: this machine has no IPv6",
  EINVAL: "is not an address to listen on",
  EMFILE: "cannot be opened: too many open files (see: ulimit -n)",
};

/** Turns what the system said about `what` ("udp 0.0.0.0:5060") into words. */
export function openFault(what: string, error: unknown): OpenFault {
  const code = error instanceof Error && "code" in error ? String(error.code) : "UNKNOWN";
  const sentence = SENTENCES[code] ?? `cannot be opened: ${error instanceof Error ? error.message : String(error)}`;
  return { code, message: `${what} ${sentence}` };
}
