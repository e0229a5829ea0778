export { acmePlace } from "./acme/place.ts";
export { type AcmeView, openRenewer, type Renewer } from "./acme/renewer.ts";
export {
  type CertificateView,
  checkFiles,
  type Keeper,
  openCertificates,
} from "./keeper.ts";
