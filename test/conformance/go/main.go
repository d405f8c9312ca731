// The checks of the Go SDK; npm run conformance starts it with what it needs in the environment.
package main

import "slices"

func main() {
	// Reading comes first: its partition is to hold only what it has sent itself.
	for _, named := range slices.Concat(readingChecks, sendingChecks, faultChecks, tokenChecks) {
		report(named)
	}
}
