package main

import (
	"slices"
	"strconv"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

var sendingChecks = []namedCheck{
	{"hub properties", hubProperties},
	{"batch", batch},
	{"partition key", partitionKey},
	{"partition id", partitionID},
	{"oversize", oversize},
	{"throttle", throttle},
	{"missing hub", missingHub},
}

var partitionIDs = []string{"0", "1", "2", "3"}

func toPartition(id string) *azeventhubs.EventDataBatchOptions {
	return &azeventhubs.EventDataBatchOptions{PartitionID: &id}
}

// trySend sends bodies in one batch.
func (check *check) trySend(client *azeventhubs.ProducerClient, options *azeventhubs.EventDataBatchOptions, bodies ...string) error {
	events, err := client.NewEventDataBatch(check.ctx, options)
	if err != nil {
		return err
	}
	for _, body := range bodies {
		if err := events.AddEventData(&azeventhubs.EventData{Body: []byte(body)}, nil); err != nil {
			return err
		}
	}
	return client.SendEventDataBatch(check.ctx, events, nil)
}

func (check *check) send(client *azeventhubs.ProducerClient, id string, bodies ...string) {
	check.must(check.trySend(client, toPartition(id), bodies...))
}

func hubProperties(check *check) {
	found, err := check.producer().GetEventHubProperties(check.ctx, nil)
	check.must(err)
	check.expect(found.Name == hub, "name is %s", found.Name)
	check.expect(slices.Equal(found.PartitionIDs, partitionIDs), "partitions are %v", found.PartitionIDs)
}

func batch(check *check) {
	bodies := []string{}
	for index := range 10 {
		bodies = append(bodies, strconv.Itoa(index))
	}
	check.must(check.trySend(check.producer(), nil, bodies...))
}

// last is the newest sequence number of a partition.
func (check *check) last(client *azeventhubs.ProducerClient, id string) int64 {
	found, err := client.GetPartitionProperties(check.ctx, id, nil)
	check.must(err)
	return found.LastEnqueuedSequenceNumber
}

func partitionKey(check *check) {
	client, key := check.producer(), "device"
	before := map[string]int64{}
	for _, id := range partitionIDs {
		before[id] = check.last(client, id)
	}
	for range 3 {
		check.must(check.trySend(client, &azeventhubs.EventDataBatchOptions{PartitionKey: &key}, "keyed"))
	}
	grown := 0
	for _, id := range partitionIDs {
		if check.last(client, id) != before[id] {
			grown++
		}
	}
	check.expect(grown == 1, "one key went to %d partitions", grown)
}

func partitionID(check *check) {
	client := check.producer()
	before := check.last(client, "0")
	check.send(client, "0", "a", "b")
	after, err := client.GetPartitionProperties(check.ctx, "0", nil)
	check.must(err)
	check.expect(after.LastEnqueuedSequenceNumber-before == 2, "partition is %+v after %d", after, before)
	check.expect(!after.IsEmpty && after.LastEnqueuedOffset != "-1", "partition is %+v", after)
}

func oversize(check *check) {
	client := check.producerFor(rightKey(), hub, -1)
	large := string(make([]byte, 2_000_000))
	check.expectError(check.trySend(client, nil, large), azeventhubs.ErrEventDataTooLarge.Error())
}

func throttle(check *check) {
	check.order("fault/busy/2")
	check.send(check.producer(), "0", "after two refusals")
}

func missingHub(check *check) {
	client := check.producerFor(rightKey(), "nowhere", -1)
	check.expectError(check.trySend(client, nil, "lost"), "could not be found")
}
