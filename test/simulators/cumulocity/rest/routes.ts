import type { Route } from '../http/call.js';
import { alarmRoutes } from './alarms.js';
import { applicationRoutes } from './applications.js';
import { auditRoutes } from './audit.js';
import { currentApplicationRoutes } from './current-application.js';
import { currentUserRoutes } from './current-user.js';
import { eventRoutes } from './events.js';
import { identityRoutes } from './identity.js';
import { inventoryRoutes } from './inventory.js';
import { measurementRoutes } from './measurements.js';
import { messagingManagementRoutes } from './messaging-management.js';
import { notification2Routes } from './notification2.js';
import { operationRoutes } from './operations.js';
import { optionRoutes } from './options.js';

/** Every REST call of the local Cumulocity. */
export const ROUTES: readonly Route[] = [
  ...measurementRoutes,
  ...eventRoutes,
  ...alarmRoutes,
  ...operationRoutes,
  ...inventoryRoutes,
  ...identityRoutes,
  ...messagingManagementRoutes,
  ...notification2Routes,
  ...currentApplicationRoutes,
  ...currentUserRoutes,
  ...optionRoutes,
  ...applicationRoutes,
  ...auditRoutes,
];
