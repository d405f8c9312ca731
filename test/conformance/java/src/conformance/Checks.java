package conformance;

import com.azure.messaging.eventhubs.EventHubClientBuilder;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Runs checks one after the other and reports each as one line of JSON. */
final class Checks {
    private static final int TIMEOUT_SECONDS = 40;

    private Checks() {
    }

    /** One thing the SDK is to do; it throws when it does not. */
    interface Work {
        void run() throws Exception;
    }

    /** A check and its name. */
    record Check(String name, Work work) {
    }

    /** The SDK has no such thing; the message says why. */
    static final class Skip extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Skip(String why) {
            super(why);
        }
    }

    static void report(Iterable<Check> checks) {
        for (Check check : checks) {
            String[] outcome = outcome(check.work());
            String detail = outcome[1] == null ? "" : ",\"detail\":" + quote(outcome[1]);
            System.out.printf("{\"client\":\"azure-messaging-eventhubs\",\"version\":%s,\"transport\":%s,"
                + "\"check\":%s,\"result\":%s%s}%n", quote(version()), quote(World.TRANSPORT), quote(check.name()),
                quote(outcome[0]), detail);
            try {
                within(World::closeAll, 10);
            } catch (Exception error) {
                System.err.println("closing: " + error);
            }
        }
    }

    private static String[] outcome(Work work) {
        try {
            within(work, TIMEOUT_SECONDS);
            return new String[] {"pass", null};
        } catch (ExecutionException error) {
            Throwable cause = error.getCause();
            return new String[] {cause instanceof Skip ? "skip" : "fail", String.valueOf(cause.getMessage())};
        } catch (TimeoutException | InterruptedException error) {
            return new String[] {"fail", "took too long"};
        }
    }

    private static void within(Work work, int seconds)
        throws ExecutionException, TimeoutException, InterruptedException {
        ExecutorService executor = Executors.newSingleThreadExecutor(task -> {
            Thread thread = new Thread(task);
            thread.setDaemon(true);
            return thread;
        });
        Callable<Void> task = () -> {
            work.run();
            return null;
        };
        try {
            executor.submit(task).get(seconds, TimeUnit.SECONDS);
        } finally {
            executor.shutdownNow();
        }
    }

    static void expect(boolean isSo, String otherwise) {
        if (!isSo) {
            throw new AssertionError(otherwise);
        }
    }

    /** Fails unless the work fails with a text that matches. */
    static void expectFailure(Work work, String pattern) {
        try {
            work.run();
        } catch (Exception error) {
            String text = error.getClass().getSimpleName() + ": " + error.getMessage();
            expect(Pattern.compile(pattern, Pattern.DOTALL).matcher(text).find(), "expected " + pattern + ", got " + text);
            return;
        }
        throw new AssertionError("no failure");
    }

    /** Waits until it is so. */
    static void until(BooleanSupplier isSo, Supplier<String> otherwise) throws InterruptedException {
        for (int tries = 0; tries < 200; tries++) {
            if (isSo.getAsBoolean()) {
                return;
            }
            Thread.sleep(50);
        }
        throw new AssertionError(otherwise.get());
    }

    private static String version() {
        String jar = EventHubClientBuilder.class.getProtectionDomain().getCodeSource().getLocation().getPath();
        return jar.replaceAll(".*eventhubs-(.*)\\.jar", "$1");
    }

    private static String quote(String text) {
        StringBuilder quoted = new StringBuilder("\"");
        for (char character : text.toCharArray()) {
            if (character == '"' || character == '\\') {
                quoted.append('\\').append(character);
            } else {
                quoted.append(character < ' ' ? ' ' : character);
            }
        }
        return quoted.append('"').toString();
    }
}
