package conformance;

import static conformance.Checks.expect;
import static conformance.Checks.until;
import static conformance.Sending.send;
import static conformance.World.producer;

import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventHubConsumerAsyncClient;
import com.azure.messaging.eventhubs.models.EventPosition;
import com.azure.messaging.eventhubs.models.PartitionEvent;
import com.azure.messaging.eventhubs.models.ReceiveOptions;
import conformance.Checks.Check;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.util.retry.Retry;

/** Reading from every kind of position, and readers with owner levels. */
final class Reading {
    static final List<Check> CHECKS = List.of(
        new Check("read earliest", Reading::readEarliest),
        new Check("read latest", Reading::readLatest),
        new Check("read sequence number", Reading::readSequenceNumber),
        new Check("read offset", Reading::readOffset),
        new Check("read time", Reading::readTime),
        new Check("runtime metric", Reading::runtimeMetric),
        new Check("equal epoch takes over", Reading::takeover),
        new Check("lower epoch refused", () -> refusedBesideOne(0L, "with a higher epoch '1' already exists")),
        new Check("no epoch refused", () -> refusedBesideOne(null, "non-epoch receiver is not allowed")));

    private static final String PARTITION = "1";

    private final List<PartitionEvent> events = new CopyOnWriteArrayList<>();
    private final List<String> errors = new CopyOnWriteArrayList<>();

    /** Reads a partition until the check is over or the stream of events ends. */
    Reading(String id, EventPosition position, ReceiveOptions options) {
        this(World.consumer().receiveFromPartition(id, position, options));
    }

    private Reading(Flux<PartitionEvent> stream) {
        Disposable subscription = stream.subscribe(events::add, error -> errors.add(error.toString()));
        World.closing(subscription::dispose);
    }

    /**
     * Reads new events, and begins again behind the last one when the stream ends with its link, as the processor of
     * this SDK does.
     */
    static Reading thatComesBack(String id) {
        EventHubConsumerAsyncClient client = World.consumer();
        AtomicReference<EventPosition> position = new AtomicReference<>(EventPosition.latest());
        Flux<PartitionEvent> stream = Flux.defer(() -> client.receiveFromPartition(id, position.get()))
            .doOnNext(event -> position.set(EventPosition.fromSequenceNumber(event.getData().getSequenceNumber())))
            .retryWhen(Retry.fixedDelay(20, Duration.ofMillis(200)))
            .repeatWhen(ends -> ends.delayElements(Duration.ofMillis(200)));
        return new Reading(stream);
    }

    private static Reading from(EventPosition position) {
        return new Reading(PARTITION, position, new ReceiveOptions());
    }

    private static Reading atLevel(Long level) {
        return new Reading(PARTITION, EventPosition.earliest(), new ReceiveOptions().setOwnerLevel(level));
    }

    List<String> bodies() {
        return events.stream().map(event -> event.getData().getBodyAsString()).toList();
    }

    void waitFor(String... bodies) throws InterruptedException {
        until(() -> events.size() >= bodies.length, this::describe);
        expect(bodies().equals(List.of(bodies)), describe());
    }

    private void waitForError(String text) throws InterruptedException {
        until(() -> errors.stream().anyMatch(error -> error.contains(text)), this::describe);
    }

    private String describe() {
        return "got " + bodies() + ", heard " + errors;
    }

    /** Waits until the hub knows of a reader. */
    void waitForLink() throws InterruptedException {
        until(() -> !World.order("links").equals("0"), this::describe);
        Thread.sleep(100);
    }

    private static void readEarliest() throws InterruptedException {
        send(producer(), PARTITION, "first", "second", "third");
        from(EventPosition.earliest()).waitFor("first", "second", "third");
    }

    private static void readLatest() throws InterruptedException {
        Reading reading = from(EventPosition.latest());
        reading.waitForLink();
        send(producer(), PARTITION, "fourth");
        reading.waitFor("fourth");
    }

    private static EventData event(int index) throws InterruptedException {
        Reading reading = from(EventPosition.earliest());
        reading.waitFor("first", "second", "third", "fourth");
        return reading.events.get(index).getData();
    }

    private static void readSequenceNumber() throws InterruptedException {
        long number = event(1).getSequenceNumber();
        from(EventPosition.fromSequenceNumber(number)).waitFor("third", "fourth");
        from(EventPosition.fromSequenceNumber(number, true)).waitFor("second", "third", "fourth");
    }

    private static void readOffset() throws InterruptedException {
        from(EventPosition.fromOffsetString(event(1).getOffsetString())).waitFor("third", "fourth");
    }

    private static void readTime() throws InterruptedException {
        from(EventPosition.fromEnqueuedTime(event(2).getEnqueuedTime())).waitFor("fourth");
    }

    private static void runtimeMetric() throws InterruptedException {
        ReceiveOptions options = new ReceiveOptions().setTrackLastEnqueuedEventProperties(true);
        Reading reading = new Reading(PARTITION, EventPosition.earliest(), options);
        reading.waitFor("first", "second", "third", "fourth");
        Long newest = reading.events.get(0).getLastEnqueuedEventProperties().getSequenceNumber();
        expect(newest == 3, "the newest is " + newest);
    }

    private static void takeover() throws InterruptedException {
        Reading holder = atLevel(0L);
        holder.waitFor("first", "second", "third", "fourth");
        atLevel(0L).waitFor("first", "second", "third", "fourth");
        holder.waitForError("New receiver");
    }

    private static void refusedBesideOne(Long level, String text) throws InterruptedException {
        Reading holder = atLevel(1L);
        holder.waitFor("first", "second", "third", "fourth");
        atLevel(level).waitForError(text);
        expect(holder.errors.isEmpty(), holder.describe());
    }
}
