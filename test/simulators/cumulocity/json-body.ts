/** The fields that tests look at one by one. Which of them a body has depends on the call. */
export interface JsonBody {
  readonly id: string;
  readonly self: string;
  readonly name: string;
  readonly password: string;
  readonly error: string;
  readonly message: string;
  readonly info: string;
  readonly next: string;
  readonly prev: string;
  readonly statistics: object;
  readonly token: string;
  readonly value: string;
  readonly source: { readonly id: string };
  readonly status: string;
  readonly time: string;
  readonly type: string;
  readonly creationTime: string;
  readonly lastUpdated: string;
  readonly requiredRoles: readonly string[];
  readonly childDevices: object;
  readonly c8y_ActiveAlarmsStatus: object;
  readonly c8y_Test: { readonly value: number };
  readonly alarms: readonly JsonBody[];
  readonly applications: readonly JsonBody[];
  readonly events: readonly JsonBody[];
  readonly externalIds: readonly JsonBody[];
  readonly managedObjects: readonly JsonBody[];
  readonly measurements: readonly JsonBody[];
  readonly options: readonly object[];
  readonly subscriptions: readonly JsonBody[];
  readonly users: readonly { tenant: string; name: string; password: string }[];
}
