export type { CountryTable } from "./country.ts";
export { CountryFile, countryFault } from "./country-file.ts";
export type { CountryDefinition, ListDefinition } from "./definition.ts";
export { Feed, listFault } from "./feed.ts";
export { isReserved, NOT_INTERNET } from "./reserved.ts";
export { urlFault } from "./url.ts";
