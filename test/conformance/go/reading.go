package main

import (
	"context"
	"slices"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

var readingChecks = []namedCheck{
	{"read earliest", readEarliest},
	{"read latest", readLatest},
	{"read sequence number", readSequenceNumber},
	{"read offset", readOffset},
	{"read time", readTime},
	{"runtime metric", func(*check) { panic(skip{"this SDK has no such option"}) }},
	{"equal epoch takes over", takeover},
	{"lower epoch refused", lowerRefused},
	{"no epoch refused", noneRefused},
}

const readPartition = "1"

func earliest() azeventhubs.StartPosition {
	yes := true
	return azeventhubs.StartPosition{Earliest: &yes}
}

func latest() azeventhubs.StartPosition {
	yes := true
	return azeventhubs.StartPosition{Latest: &yes}
}

func level(number int64) *int64 { return &number }

// reader reads a partition until the check is over.
func (check *check) reader(id string, position azeventhubs.StartPosition, ownerLevel *int64) *azeventhubs.PartitionClient {
	options := &azeventhubs.PartitionClientOptions{StartPosition: position, OwnerLevel: ownerLevel}
	client, err := check.consumer().NewPartitionClient(id, options)
	check.must(err)
	check.atEnd(func(ctx context.Context) { client.Close(ctx) })
	return client
}

func bodiesOf(events []*azeventhubs.ReceivedEventData) []string {
	bodies := []string{}
	for _, event := range events {
		bodies = append(bodies, string(event.Body))
	}
	return bodies
}

// receive waits for these events and no others.
func (check *check) receive(reader *azeventhubs.PartitionClient, bodies ...string) []*azeventhubs.ReceivedEventData {
	ctx, cancel := context.WithTimeout(check.ctx, 10*time.Second)
	defer cancel()
	events := []*azeventhubs.ReceivedEventData{}
	for len(events) < len(bodies) {
		more, err := reader.ReceiveEvents(ctx, len(bodies)-len(events), nil)
		check.expect(err == nil, "got %v, then %v", bodiesOf(events), err)
		events = append(events, more...)
	}
	check.expect(slices.Equal(bodiesOf(events), bodies), "got %v", bodiesOf(events))
	return events
}

func readEarliest(check *check) {
	check.send(check.producer(), readPartition, "first", "second", "third")
	check.receive(check.reader(readPartition, earliest(), nil), "first", "second", "third")
}

// attach makes the link of a reader, which the SDK does no sooner than with the first call.
func (check *check) attach(reader *azeventhubs.PartitionClient) {
	ctx, cancel := context.WithTimeout(check.ctx, time.Second)
	defer cancel()
	_, err := reader.ReceiveEvents(ctx, 1, nil)
	check.expect(err != nil && ctx.Err() != nil, "expected nothing to come, got %v", err)
}

func readLatest(check *check) {
	reader := check.reader(readPartition, latest(), nil)
	check.attach(reader)
	check.send(check.producer(), readPartition, "fourth")
	check.receive(reader, "fourth")
}

func (check *check) all() []*azeventhubs.ReceivedEventData {
	return check.receive(check.reader(readPartition, earliest(), nil), "first", "second", "third", "fourth")
}

func (check *check) readFrom(position azeventhubs.StartPosition) {
	check.receive(check.reader(readPartition, position, nil), "third", "fourth")
	position.Inclusive = true
	check.receive(check.reader(readPartition, position, nil), "second", "third", "fourth")
}

func readSequenceNumber(check *check) {
	number := check.all()[1].SequenceNumber
	check.readFrom(azeventhubs.StartPosition{SequenceNumber: &number})
}

func readOffset(check *check) {
	offset := check.all()[1].Offset
	check.readFrom(azeventhubs.StartPosition{Offset: &offset})
}

func readTime(check *check) {
	enqueued := check.all()[2].EnqueuedTime
	check.receive(check.reader(readPartition, azeventhubs.StartPosition{EnqueuedTime: enqueued}, nil), "fourth")
}

func takeover(check *check) {
	holder := check.reader(readPartition, earliest(), level(0))
	check.receive(holder, "first")
	check.receive(check.reader(readPartition, earliest(), level(0)), "first")
	check.expectLost(holder)
}

// expectLost reads on until the reader is told that its partition is another's.
func (check *check) expectLost(reader *azeventhubs.PartitionClient) {
	for {
		if _, err := reader.ReceiveEvents(check.ctx, 1, nil); err != nil {
			check.expectCode(err, azeventhubs.ErrorCodeOwnershipLost)
			return
		}
	}
}

func lowerRefused(check *check) { check.refusedBesideOne(level(0)) }

func noneRefused(check *check) { check.refusedBesideOne(nil) }

func (check *check) refusedBesideOne(ownerLevel *int64) {
	holder := check.reader(readPartition, earliest(), level(1))
	check.receive(holder, "first")
	_, err := check.reader(readPartition, earliest(), ownerLevel).ReceiveEvents(check.ctx, 1, nil)
	// The SDK has a code for a partition that is lost, and none for one that was never got.
	check.expectError(err, "amqp:link:stolen")
	check.receive(holder, "second")
}
