// An event hub for the forwarder and its readers: namespace, hub, one policy that may only send, one that may only
// read, and a consumer group for each reader. Keys are not among the outputs: outputs are kept in the deployment's
// history for everybody who may read it.

@description('Name of the namespace, unique in all of Azure: <name>.servicebus.windows.net.')
@minLength(6)
@maxLength(50)
param namespaceName string

@description('Region. Near the Cumulocity instance is better than near the readers: the forwarder waits for answers.')
param location string = resourceGroup().location

@description('Throughput units to start with. One takes in 1 MB or 1000 events a second, whichever comes first.')
@minValue(1)
@maxValue(40)
param throughputUnits int = 1

@description('The most throughput units that the namespace may grow to by itself. It never shrinks by itself.')
@minValue(1)
@maxValue(40)
param maximumThroughputUnits int = 4

@description('Name of the event hub: the option hubName of the forwarder.')
param hubName string = 'cumulocity'

@description('Partitions. Each has a lane of its own in the forwarder and carries about one throughput unit. It cannot be changed later.')
@minValue(1)
@maxValue(32)
param partitionCount int = 4

@description('How long events are kept, in hours: how long a reader may be away.')
@minValue(1)
@maxValue(168)
param retentionHours int = 72

@description('One consumer group for each reader. Kafka readers need none.')
param consumerGroups array = [
  'stream-analytics'
  'data-explorer'
  'fabric'
  'functions'
]

@description('Whether keys are accepted. With false, the forwarder needs Entra ID and the role Azure Event Hubs Data Sender.')
param allowKeys bool = true

resource namespace 'Microsoft.EventHub/namespaces@2024-01-01' = {
  name: namespaceName
  location: location
  sku: {
    name: 'Standard'
    tier: 'Standard'
    capacity: throughputUnits
  }
  properties: {
    isAutoInflateEnabled: true
    maximumThroughputUnits: max(throughputUnits, maximumThroughputUnits)
    minimumTlsVersion: '1.2'
    disableLocalAuth: !allowKeys
  }
}

resource hub 'Microsoft.EventHub/namespaces/eventhubs@2024-01-01' = {
  parent: namespace
  name: hubName
  properties: {
    partitionCount: partitionCount
    retentionDescription: {
      cleanupPolicy: 'Delete'
      retentionTimeInHours: retentionHours
    }
  }
}

resource sender 'Microsoft.EventHub/namespaces/eventhubs/authorizationRules@2024-01-01' = if (allowKeys) {
  parent: hub
  name: 'forwarder'
  properties: {
    rights: [
      'Send'
    ]
  }
}

resource readers 'Microsoft.EventHub/namespaces/eventhubs/authorizationRules@2024-01-01' = if (allowKeys) {
  parent: hub
  name: 'readers'
  properties: {
    rights: [
      'Listen'
    ]
  }
  // One after the other, as the groups below: changes of one hub at the same time may conflict.
  dependsOn: [
    sender
  ]
}

@batchSize(1)
resource groups 'Microsoft.EventHub/namespaces/eventhubs/consumergroups@2024-01-01' = [for name in consumerGroups: {
  parent: hub
  name: name
  properties: {}
}]

// Read from the namespace, since the sovereign clouds have other domains.
@description('The option namespace of the forwarder, with Entra ID.')
output namespaceHost string = split(split(namespace.properties.serviceBusEndpoint, '//')[1], ':')[0]

@description('The option hubName of the forwarder.')
output hubName string = hubName

@description('Scope for role assignments and for data connections.')
output hubId string = hub.id
