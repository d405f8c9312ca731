/** How the local Cumulocity is set up. Every field is optional; the defaults are those of the platform. */
export interface LocalCumulocityOptions {
  /** TCP port on 127.0.0.1; 0 takes any free one. @default 0 */
  port?: number;
  /** Name and context path of the hosted application. @default 'event-hubs-forwarder' */
  applicationName?: string;
  /** Tenant option category that the application owns. @default 'eventhubs' */
  settingsCategory?: string;
  /** Tenant that owns the application. @default 't100' */
  ownerTenant?: string;
  /** Roles the service user gets in each subscribed tenant. */
  requiredRoles?: readonly string[];
  /** Roles the application offers to users of its subscribed tenants. @default [] */
  roles?: readonly string[];
  /** Whether `measurements` may be named in tenant context; false answers 422. @default true */
  tenantMeasurements?: boolean;
  /** Whether `*` in tenant context includes operations, as on platforms from 2025 on. @default true */
  tenantOperations?: boolean;
  /** Whether `events` in tenant context need a type filter, as on platforms before 2025.26. @default false */
  tenantEventsNeedTypeFilter?: boolean;
  /** Backlog quota of one topic in bytes. @default 25 MiB */
  backlogQuotaBytes?: number;
  /** Age in ms at which a retained notification is dropped. @default 36 h */
  messageTtlMs?: number;
  /** How long in ms an abruptly dropped exclusive consumer still blocks with 409. @default 0 */
  lingerMs?: number;
  /** Idle time in ms after which a consumer socket is closed. @default 5 min */
  idleCloseMs?: number;
  /** Unacknowledged notifications one consumer may hold. @default 1000 */
  windowSize?: number;
  /** Time in ms between creating a subscription and its first notification. @default 0 */
  activationDelayMs?: number;
  /** Answer to unsubscribing a subscriber that does not exist (any more). @default 500 */
  repeatedUnsubscribeStatus?: 200 | 500;
  /** Whether the messaging management service is there and tells the figures of topics. @default false */
  messagingManagement?: boolean;
  /** Scheme and host of the links inside notifications; unset = the same as in REST answers. */
  notificationLinkBase?: string;
  /** Records of one API kept per tenant for reading over REST; older ones are forgotten. @default 200000 */
  recordsKept?: number;
}

/** The options with every default filled in. */
export interface Settings extends Required<Omit<LocalCumulocityOptions, 'notificationLinkBase'>> {
  notificationLinkBase: string | undefined;
}

const MINUTE_MS = 60_000;

const DEFAULT_REQUIRED_ROLES = [
  'ROLE_NOTIFICATION_2_ADMIN',
  'ROLE_OPTION_MANAGEMENT_READ',
  'ROLE_INVENTORY_READ',
  'ROLE_INVENTORY_ADMIN',
  'ROLE_INVENTORY_CREATE',
  'ROLE_IDENTITY_READ',
  'ROLE_IDENTITY_ADMIN',
  'ROLE_ALARM_READ',
  'ROLE_ALARM_ADMIN',
  'ROLE_EVENT_READ',
  'ROLE_MEASUREMENT_READ',
  'ROLE_DEVICE_CONTROL_READ',
  'ROLE_TENANT_STATISTICS_READ',
  'ROLE_USER_MANAGEMENT_OWN_READ',
] as const;

/**
 * Fills in the defaults.
 *
 * @param options what the caller set
 */
export function completeSettings(options: LocalCumulocityOptions): Settings {
  return {
    port: 0,
    applicationName: 'event-hubs-forwarder',
    settingsCategory: 'eventhubs',
    ownerTenant: 't100',
    requiredRoles: DEFAULT_REQUIRED_ROLES,
    roles: [],
    tenantMeasurements: true,
    tenantOperations: true,
    tenantEventsNeedTypeFilter: false,
    backlogQuotaBytes: 25 * 1024 * 1024,
    messageTtlMs: 36 * 60 * MINUTE_MS,
    lingerMs: 0,
    idleCloseMs: 5 * MINUTE_MS,
    windowSize: 1000,
    activationDelayMs: 0,
    repeatedUnsubscribeStatus: 500,
    messagingManagement: false,
    notificationLinkBase: undefined,
    recordsKept: 200_000,
    ...options,
  };
}
