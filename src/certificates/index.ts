export {
  type CertificateView,
  checkFiles,
  type Keeper,
  openCertificates,
} from "./keeper.ts";
