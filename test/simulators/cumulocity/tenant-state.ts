import { AlarmStore } from './alarm-store.js';
import type { EventRecord } from './events.js';
import { Inventory } from './inventory.js';
import { Publisher } from './notifications/publisher.js';
import { Subscriptions } from './notifications/subscriptions.js';
import { Topic } from './notifications/topic.js';
import type { OperationRecord } from './operations.js';
import { OptionStore } from './option-store.js';
import type { Platform } from './platform.js';
import { RecordStore } from './record-store.js';

const FIRST_ID = 100;

function topicKey(name: string, nonPersistent: boolean): string {
  return nonPersistent ? `${name} (non-persistent)` : name;
}

/** Everything one tenant owns. Nothing is shared between tenants. */
export class TenantState {
  readonly id: string;
  readonly platform: Platform;
  readonly options = new OptionStore();
  readonly inventory: Inventory;
  readonly measurements: RecordStore;
  readonly events: RecordStore<EventRecord>;
  readonly alarms: AlarmStore;
  readonly operations: RecordStore<OperationRecord>;
  readonly subscriptions = new Subscriptions();
  readonly publisher: Publisher;
  readonly #topics = new Map<string, Topic>();
  #lastId = FIRST_ID;

  constructor(platform: Platform, id: string) {
    this.platform = platform;
    this.id = id;
    this.inventory = new Inventory(this);
    const { recordsKept } = platform.settings;
    this.measurements = new RecordStore(recordsKept);
    this.events = new RecordStore(recordsKept);
    this.alarms = new AlarmStore(recordsKept);
    this.operations = new RecordStore(recordsKept);
    this.publisher = new Publisher({
      tenant: id,
      subscriptions: this.subscriptions,
      findTopic: (name, nonPersistent) => this.findTopic(name, nonPersistent),
      ancestors: (source) => this.inventory.ancestors(source),
      reports: platform.reports,
      extraHeaderLines: () => platform.faults.extraHeaderLines,
      rewriteLinks: (json) => this.#rewriteLinks(json),
    });
  }

  /** A new object id; ids rise within the tenant. */
  newId(): string {
    return String(++this.#lastId);
  }

  /** The topic, if a consumer has ever connected to it. */
  findTopic(name: string, nonPersistent: boolean): Topic | undefined {
    return this.#topics.get(topicKey(name, nonPersistent));
  }

  /** The topic, made now if this is the first connect. */
  topic(name: string, nonPersistent: boolean): Topic {
    let topic = this.findTopic(name, nonPersistent);
    if (topic === undefined) {
      topic = new Topic(name, !nonPersistent, this.platform.settings, (subscriber, sequences) => {
        if (nonPersistent) return;
        this.platform.reports.discarded.tell({ tenant: this.id, topic: name, subscriber, sequences });
      });
      this.#topics.set(topicKey(name, nonPersistent), topic);
    }
    return topic;
  }

  /** All topics. */
  topics(): Iterable<Topic> {
    return this.#topics.values();
  }

  /** Link to an object of this tenant. */
  link(path: string): string {
    return `${this.platform.url}${path}`;
  }

  #rewriteLinks(json: string): string {
    const base = this.platform.settings.notificationLinkBase;
    return base === undefined ? json : json.replaceAll(this.platform.url, base);
  }
}
