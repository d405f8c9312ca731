/** The part of `npm run receive -- --help` that is about Predix Event Hub. */

/** See the head of this file. */
export const PREDIX_HELP = `Predix Event Hub, over gRPC: with --predix or --vcap; the service keeps the position of each subscriber
  --predix HOST:PORT         the Event Hub; without HOST:PORT, that of the binding
  --vcap FILE                the binding of an application, as JSON (default: environment variable VCAP_SERVICES). What
                             is given by itself goes before it
  --zone ID                  the zone
  --auth-url URL             where the UAA issues tokens; ends in /oauth/token
  --client-id ID             a client with the scopes user and grpc.subscribe, or <topic>.grpc.subscribe. Its secret
                             is taken from the environment variable PREDIX_CLIENT_SECRET only
  --tls-pem FILE             trusts this certificate authority; none: plain text (default: TLS_PEM_FILE, else the
                             system's)
  --topic NAME               repeatable, or with commas (default: topic, the one that every zone has)
  --subscriber NAME          default: event-hubs-forwarder-receive. Subscribers of one name share the messages
  --from WHERE               earliest (default: the last 24 hours) or latest; only for a name that is new
  --mode MODE                acks (default): an event is acknowledged when its line has left, and comes again otherwise
                             batch: likewise, in batches
                             receive: nothing is acknowledged; what is on its way at the end, or at --max, is lost
  --retry-after SECONDS      acks, batch: not acknowledged for so long, it comes again; 30 (default) to 60
  --retry-interval SECONDS   and then each time after so long (default: 30)
  --max-retries N            and so often; 2 to 10 (default: 5)
  --batch-size N             batch: 1 to 10000 (default: 500)
  --batch-interval MS        100 (default) to 1000
  --batch-type TYPE          intersection (default): at most one batch an interval; union: whichever comes first
  --metrics                  batch: metric messages as remarks; every --metrics-interval MINUTES, 1 to 60 (default: 5)
  as above: --tenant, --api, --source, --unique, --remember, --max, --json, --stats
`;
