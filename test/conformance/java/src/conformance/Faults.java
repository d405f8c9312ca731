package conformance;

import static conformance.Checks.expect;
import static conformance.Sending.send;
import static conformance.World.producer;

import com.azure.messaging.eventhubs.EventHubProducerClient;
import conformance.Checks.Check;
import java.util.List;

/** Links and connections that go away, idle and in use, and come back. */
final class Faults {
    static final List<Check> CHECKS = List.of(
        new Check("link detached, idle", () -> sendAcross("fault/detach")),
        new Check("link detached, in use", () -> sendAcross("fault/detach-in-use")),
        new Check("connection dropped, idle", () -> sendAcross("fault/cut")),
        new Check("connection dropped, in use", () -> sendAcross("fault/cut-in-use")),
        new Check("connection closed", () -> sendAcross("fault/close")),
        new Check("hub restarted", () -> sendAcross("fault/restart/800")),
        new Check("reader detached", () -> readAcross("fault/detach")),
        new Check("reader dropped", () -> readAcross("fault/cut")));

    private static final String PARTITION = "2";

    private Faults() {
    }

    private static long last(EventHubProducerClient client) {
        return client.getPartitionProperties(PARTITION).getLastEnqueuedSequenceNumber();
    }

    private static void sendAcross(String fault) {
        EventHubProducerClient client = producer();
        send(client, PARTITION, "before");
        long before = last(client);
        World.order(fault);
        send(client, PARTITION, "after");
        expect(last(producer()) > before, "the event was not stored");
    }

    private static void readAcross(String fault) throws InterruptedException {
        Reading reading = Reading.thatComesBack(PARTITION);
        reading.waitForLink();
        send(producer(), PARTITION, "before");
        reading.waitFor("before");
        World.order(fault);
        send(producer(), PARTITION, "after");
        reading.waitFor("before", "after");
    }
}
