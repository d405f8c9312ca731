package conformance;

import static conformance.Checks.expect;
import static conformance.Checks.expectFailure;
import static conformance.World.producer;

import com.azure.messaging.eventhubs.EventData;
import com.azure.messaging.eventhubs.EventDataBatch;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import com.azure.messaging.eventhubs.EventHubProperties;
import com.azure.messaging.eventhubs.PartitionProperties;
import com.azure.messaging.eventhubs.models.CreateBatchOptions;
import com.azure.messaging.eventhubs.models.SendOptions;
import conformance.Checks.Check;
import java.util.List;
import java.util.stream.IntStream;

/** Sending, and the properties of the hub. */
final class Sending {
    static final List<Check> CHECKS = List.of(
        new Check("hub properties", Sending::hubProperties),
        new Check("batch", Sending::batch),
        new Check("partition key", Sending::partitionKey),
        new Check("partition id", Sending::partitionId),
        new Check("oversize", Sending::oversize),
        new Check("throttle", Sending::throttle),
        new Check("missing hub", Sending::missingHub));

    private static final List<String> IDS = List.of("0", "1", "2", "3");

    private Sending() {
    }

    /** Sends bodies in one batch. */
    static void send(EventHubProducerClient client, CreateBatchOptions options, String... bodies) {
        EventDataBatch batch = client.createBatch(options);
        for (String body : bodies) {
            expect(batch.tryAdd(new EventData(body)), "the batch is full");
        }
        client.send(batch);
    }

    static void send(EventHubProducerClient client, String id, String... bodies) {
        send(client, new CreateBatchOptions().setPartitionId(id), bodies);
    }

    private static void hubProperties() {
        EventHubProperties found = producer().getEventHubProperties();
        expect(found.getName().equals(World.HUB), "name is " + found.getName());
        expect(found.getPartitionIds().stream().toList().equals(IDS), "partitions are " + found.getPartitionIds());
    }

    private static void batch() {
        String[] bodies = IntStream.range(0, 10).mapToObj(Integer::toString).toArray(String[]::new);
        send(producer(), new CreateBatchOptions(), bodies);
    }

    private static List<Long> last(EventHubProducerClient client) {
        return IDS.stream().map(client::getPartitionProperties)
            .map(PartitionProperties::getLastEnqueuedSequenceNumber).toList();
    }

    private static void partitionKey() {
        EventHubProducerClient client = producer();
        List<Long> before = last(client);
        for (int index = 0; index < 3; index++) {
            send(client, new CreateBatchOptions().setPartitionKey("device"), "keyed");
        }
        List<Long> after = last(client);
        long grown = IntStream.range(0, IDS.size()).filter(id -> !after.get(id).equals(before.get(id))).count();
        expect(grown == 1, "one key went to " + grown + " partitions");
    }

    private static void partitionId() {
        EventHubProducerClient client = producer();
        long before = client.getPartitionProperties("0").getLastEnqueuedSequenceNumber();
        send(client, "0", "a", "b");
        PartitionProperties after = client.getPartitionProperties("0");
        expect(after.getLastEnqueuedSequenceNumber() - before == 2, "the number of events is wrong");
        expect(!after.isEmpty(), "the partition counts as empty");
    }

    private static void oversize() {
        EventHubProducerClient client = World.impatientProducer(World.rightKey(), World.HUB);
        EventData large = new EventData(new byte[2_000_000]);
        expectFailure(() -> client.createBatch().tryAdd(large), "Size of the payload exceeded");
        expectFailure(() -> client.send(List.of(large), new SendOptions()), "Size of the payload|maximum message size");
    }

    private static void throttle() {
        World.order("fault/busy/2");
        send(producer(), "0", "after two refusals");
    }

    private static void missingHub() {
        EventHubProducerClient client = World.impatientProducer(World.rightKey(), "nowhere");
        expectFailure(() -> send(client, new CreateBatchOptions(), "lost"), "could not be found|not-found");
    }
}
