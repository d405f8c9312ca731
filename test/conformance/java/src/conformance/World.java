package conformance;

import com.azure.core.amqp.AmqpRetryMode;
import com.azure.core.amqp.AmqpRetryOptions;
import com.azure.core.amqp.AmqpTransportType;
import com.azure.core.credential.TokenCredential;
import com.azure.messaging.eventhubs.EventHubClientBuilder;
import com.azure.messaging.eventhubs.EventHubConsumerAsyncClient;
import com.azure.messaging.eventhubs.EventHubProducerClient;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** What the runner says about the hub, and clients made for it. */
final class World {
    static final String TRANSPORT = setting("TRANSPORT");
    static final String HUB = setting("HUB");
    static final String PORT = setting(TRANSPORT.toUpperCase() + "_PORT");

    private static final HttpClient HTTP = HttpClient.newHttpClient();
    private static final Deque<AutoCloseable> OPEN = new ArrayDeque<>();

    private World() {
    }

    private static String setting(String name) {
        String value = System.getenv("CONFORMANCE_" + name);
        if (value == null) {
            throw new IllegalStateException("CONFORMANCE_" + name + " is not set; run npm run conformance");
        }
        return value;
    }

    /** Has this process trust the authority of the hub; the SDK takes the default context. */
    static void trustAuthority() throws IOException, GeneralSecurityException {
        KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream pem = Files.newInputStream(Path.of(setting("AUTHORITY")))) {
            store.setCertificateEntry("hub", CertificateFactory.getInstance("X.509").generateCertificate(pem));
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        SSLContext.setDefault(context);
    }

    static String withKey(String key) {
        return "SharedAccessKeyName=" + setting("KEY_NAME") + ";SharedAccessKey=" + key;
    }

    static String rightKey() {
        return withKey(setting("KEY"));
    }

    /** A builder with a key or a finished token. The flag of the emulator means plain TCP. */
    static EventHubClientBuilder builder(String secret, String hub, int retries) {
        String text = "Endpoint=sb://localhost:" + PORT + "/;" + secret;
        String flag = TRANSPORT.equals("amqp") ? ";UseDevelopmentEmulator=true" : "";
        return withOptions(new EventHubClientBuilder().connectionString(text + flag, hub), retries);
    }

    /** A builder with a token credential, which always connects with TLS. */
    static EventHubClientBuilder builder(TokenCredential credential) {
        EventHubClientBuilder builder = new EventHubClientBuilder().credential("localhost", HUB, credential)
            .customEndpointAddress("sb://localhost:" + PORT);
        return withOptions(builder, 4);
    }

    /** Few and quick retries, but enough for a hub that is away for a second. */
    private static EventHubClientBuilder withOptions(EventHubClientBuilder builder, int retries) {
        AmqpRetryOptions options = new AmqpRetryOptions().setMode(AmqpRetryMode.FIXED).setMaxRetries(retries)
            .setDelay(Duration.ofMillis(300)).setTryTimeout(Duration.ofSeconds(5));
        boolean isWebSocket = TRANSPORT.equals("websocket");
        return builder.consumerGroup(EventHubClientBuilder.DEFAULT_CONSUMER_GROUP_NAME).retryOptions(options)
            .transportType(isWebSocket ? AmqpTransportType.AMQP_WEB_SOCKETS : AmqpTransportType.AMQP);
    }

    static EventHubProducerClient producer() {
        return closing(builder(rightKey(), HUB, 4).buildProducerClient());
    }

    /** A producer that tries once: what is refused is to be refused at once. */
    static EventHubProducerClient impatientProducer(String secret, String hub) {
        return closing(builder(secret, hub, 0).buildProducerClient());
    }

    static EventHubConsumerAsyncClient consumer() {
        return closing(builder(rightKey(), HUB, 4).buildAsyncConsumerClient());
    }

    /** Has something closed when the check is over. */
    static <T extends AutoCloseable> T closing(T closable) {
        OPEN.push(closable);
        return closable;
    }

    /** Closes what a check has opened. */
    static void closeAll() throws Exception {
        while (!OPEN.isEmpty()) {
            OPEN.pop().close();
        }
    }

    /** Gives an order to the hub. */
    static String order(String path) {
        HttpRequest request = HttpRequest.newBuilder(URI.create(setting("CONTROL") + "/" + path))
            .POST(HttpRequest.BodyPublishers.noBody()).timeout(Duration.ofSeconds(10)).build();
        try {
            return HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body();
        } catch (IOException | InterruptedException error) {
            throw new IllegalStateException(error);
        }
    }
}
