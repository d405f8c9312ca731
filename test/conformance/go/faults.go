package main

var faultChecks = []namedCheck{
	{"link detached, idle", func(check *check) { check.sendAcross("fault/detach") }},
	{"link detached, in use", func(check *check) { check.sendAcross("fault/detach-in-use") }},
	{"connection dropped, idle", func(check *check) { check.sendAcross("fault/cut") }},
	{"connection dropped, in use", func(check *check) { check.sendAcross("fault/cut-in-use") }},
	{"connection closed", func(check *check) { check.sendAcross("fault/close") }},
	{"hub restarted", func(check *check) { check.sendAcross("fault/restart/800") }},
	{"reader detached", func(check *check) { check.readAcross("fault/detach") }},
	{"reader dropped", func(check *check) { check.readAcross("fault/cut") }},
}

const faultPartition = "2"

func (check *check) sendAcross(fault string) {
	client := check.producer()
	check.send(client, faultPartition, "before")
	before := check.last(client, faultPartition)
	check.order(fault)
	check.send(client, faultPartition, "after")
	check.expect(check.last(check.producer(), faultPartition) > before, "the event was not stored")
}

func (check *check) readAcross(fault string) {
	reader := check.reader(faultPartition, latest(), nil)
	check.attach(reader)
	check.send(check.producer(), faultPartition, "before")
	check.receive(reader, "before")
	check.order(fault)
	check.send(check.producer(), faultPartition, "after")
	check.receive(reader, "after")
}
