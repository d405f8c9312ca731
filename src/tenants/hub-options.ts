/** The options that say which event hub and how to get in; they are checked together. */
import type { HubAddress } from '../destinations/hub-address.js';
import { AZURE_OPTIONS } from './azure-option-rows.js';
import { expiryWarnings, readAzureAddress } from './azure-options.js';
import type { OptionRow, Report, RouteSettings } from './option-row.js';
import { PREDIX_OPTIONS } from './predix-option-rows.js';
import { readPredixAddress } from './predix-options.js';

/**
 * Reads them.
 * @param settings texts of the route's options
 * @param hubHosts the hosts that a hub may have
 * @param report takes each problem
 * @returns `undefined` exactly when a problem was reported, here or by the schema of the single options
 */
export function readHubAddress(
  settings: RouteSettings,
  hubHosts: readonly string[],
  report: Report,
): HubAddress | undefined {
  const read = settings['destination'] === 'predix' ? readPredixAddress : readAzureAddress;
  return read(settings, hubHosts, report);
}

/**
 * The options of the kind of hub that is not used: they mean nothing. One with its default may come from the manifest.
 * @param settings texts of the route's options
 */
export function idleOptions(settings: RouteSettings): readonly string[] {
  const rows: Readonly<Record<string, OptionRow<unknown>>> =
    settings['destination'] === 'predix' ? AZURE_OPTIONS : PREDIX_OPTIONS;
  return Object.entries(rows).flatMap(([key, { fallback }]) => {
    const text = settings[key];
    return text === undefined || text === fallback ? [] : [key];
  });
}

/**
 * Warns of credentials that end soon and are never renewed.
 * @param address whose credentials are looked at
 * @param now milliseconds since 1970
 */
export function credentialWarnings(address: HubAddress, now: number): readonly string[] {
  return address.kind === 'azure' ? expiryWarnings(address, now) : [];
}
