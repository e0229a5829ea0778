export { acmePlace } from "./acme/place.ts";
export { type AcmeView, openRenewer, type Renewer } from "./acme/renewer.ts";
export { fileFaults } from "./faults.ts";
export {
  type CertificateView,
  checkFiles,
  type Keeper,
  type ListView,
  openCertificates,
} from "./keeper.ts";
