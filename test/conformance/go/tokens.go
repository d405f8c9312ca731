package main

import (
	"context"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

var tokenChecks = []namedCheck{
	{"ready-made token", readyMadeToken},
	{"wrong key refused", wrongKey},
	{"expired token refused", expiredToken},
	{"token credential", tokenCredential},
	{"token renewed", func(*check) { panic(skip{"this SDK renews no sooner than after two minutes"}) }},
}

func readyMadeToken(check *check) {
	secret := "SharedAccessSignature=" + check.order("token/sas/600")
	check.send(check.producerFor(secret, hub, -1), "3", "1")
}

func wrongKey(check *check) {
	client := check.producerFor(withKey("bm90IHRoZSByaWdodCBrZXk="), hub, -1)
	check.expectCode(check.trySend(client, toPartition("3"), "1"), azeventhubs.ErrorCodeUnauthorizedAccess)
}

func expiredToken(check *check) {
	client := check.producerFor("SharedAccessSignature="+check.order("token/expired"), hub, -1)
	err := check.trySend(client, toPartition("3"), "1")
	check.expectCode(err, azeventhubs.ErrorCodeUnauthorizedAccess)
	check.expectError(err, "ExpiredToken")
}

func tokenCredential(check *check) {
	if transport == "amqp" {
		panic(skip{"clients with a token credential always connect with TLS"})
	}
	client, err := azeventhubs.NewProducerClient(namespace(), hub, credential{check}, producerOptions(0))
	check.must(err)
	check.atEnd(func(ctx context.Context) { client.Close(ctx) })
	check.send(client, "3", "1")
}
