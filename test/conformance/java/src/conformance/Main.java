package conformance;

import conformance.Checks.Check;
import java.util.List;
import java.util.stream.Stream;

/** The checks of the Java SDK; npm run conformance starts it with what it needs in the environment. */
public final class Main {
    private Main() {
    }

    public static void main(String[] arguments) throws Exception {
        World.trustAuthority();
        // Reading comes first: its partition is to hold only what it has sent itself.
        List<Check> checks = Stream.of(Reading.CHECKS, Sending.CHECKS, Faults.CHECKS, Tokens.CHECKS)
            .flatMap(List::stream).toList();
        Checks.report(checks);
        System.exit(0);
    }
}
