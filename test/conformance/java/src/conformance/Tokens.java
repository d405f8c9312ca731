package conformance;

import static conformance.Checks.expect;
import static conformance.Checks.expectFailure;
import static conformance.Sending.send;

import com.azure.core.credential.AccessToken;
import com.azure.core.credential.TokenCredential;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import conformance.Checks.Check;
import conformance.Checks.Skip;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import reactor.core.publisher.Mono;

/** Tokens: ready-made, wrong, expired, and renewed while in use. */
final class Tokens {
    static final List<Check> CHECKS = List.of(
        new Check("ready-made token", Tokens::readyMade),
        new Check("wrong key refused", Tokens::wrongKey),
        new Check("expired token refused", Tokens::expired),
        new Check("token renewed", Tokens::renewed));

    private static final int LIFETIME_SECONDS = 6;

    private Tokens() {
    }

    private static EventHubProducerClient withToken(String token) {
        return World.impatientProducer("SharedAccessSignature=" + token, World.HUB);
    }

    private static void readyMade() {
        send(withToken(World.order("token/sas/600")), "3", "1");
    }

    private static void wrongKey() {
        EventHubProducerClient client = World.impatientProducer(World.withKey("bm90IHRoZSByaWdodCBrZXk="), World.HUB);
        expectFailure(() -> send(client, "3", "1"), "InvalidSignature");
    }

    private static void expired() {
        EventHubProducerClient client = withToken(World.order("token/expired"));
        expectFailure(() -> send(client, "3", "1"), "ExpiredToken");
    }

    private static void renewed() throws InterruptedException {
        if (World.TRANSPORT.equals("amqp")) {
            throw new Skip("clients with a token credential always connect with TLS");
        }
        AtomicInteger given = new AtomicInteger();
        TokenCredential credential = request -> Mono.fromSupplier(() -> {
            given.incrementAndGet();
            String token = World.order("token/jwt/" + LIFETIME_SECONDS);
            return new AccessToken(token, OffsetDateTime.now().plusSeconds(LIFETIME_SECONDS));
        });
        EventHubProducerClient client = World.closing(World.builder(credential).buildProducerClient());
        for (int index = 0; index < 24; index++) {
            send(client, "3", Integer.toString(index));
            Thread.sleep(500);
        }
        expect(given.get() > 2, "the token was not renewed");
    }
}
