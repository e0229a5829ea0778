/** Why a URL must not be asked; undefined when it may. */
export function urlFault(url: URL, insecure: boolean): string | undefined {
  if (url.username !== "" || url.password !== "") return "a user or password stands in the URL";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return `${url.protocol} is neither https nor http`;
  if (insecure || isThisMachine(url.hostname)) return undefined;
  return "http: anybody on the way could say who is kept out (insecure = true allows it)";
}

function isThisMachine(host: string): boolean {
  return host === "localhost" || host === "[::1]" || /^127\.\d+\.\d+\.\d+$/.test(host);
}
