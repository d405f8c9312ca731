"""Spark Structured Streaming (Databricks, or Spark 3.5 on): each event of the hub once, as a Delta table.

The hub is read over its Kafka endpoint. Set the four values below; read the connection string from a secret.
"""

from pyspark.sql import SparkSession
from pyspark.sql.functions import col, get_json_object

NAMESPACE = "my-namespace"
HUB = "cumulocity"
CONNECTION_STRING = "Endpoint=sb://..."
CHECKPOINT = "/checkpoints/cumulocity"

# Databricks has the Kafka client under another package name.
LOGIN_MODULE = "kafkashaded.org.apache.kafka.common.security.plain.PlainLoginModule"
# Elsewhere: LOGIN_MODULE = "org.apache.kafka.common.security.plain.PlainLoginModule"

spark = SparkSession.builder.getOrCreate()
records = (
    spark.readStream.format("kafka")
    .option("kafka.bootstrap.servers", f"{NAMESPACE}.servicebus.windows.net:9093")
    .option("subscribe", HUB)
    .option("startingOffsets", "earliest")
    .option("kafka.security.protocol", "SASL_SSL")
    .option("kafka.sasl.mechanism", "PLAIN")
    .option(
        "kafka.sasl.jaas.config",
        f'{LOGIN_MODULE} required username="$ConnectionString" password="{CONNECTION_STRING}";',
    )
    .load()
)
body = col("value").cast("string")
events = records.select(
    # When the event came into the hub. Repeats come within minutes, whatever time a device has stamped on them.
    col("timestamp").alias("enqueued"),
    get_json_object(body, "$.messageId").alias("messageId"),
    get_json_object(body, "$.channel").alias("channel"),
    get_json_object(body, "$.action").alias("action"),
    get_json_object(body, "$.type").alias("type"),
    get_json_object(body, "$.time").alias("time"),
    body.alias("body"),
)
once = events.withWatermark("enqueued", "6 hours").dropDuplicatesWithinWatermark(["messageId"])
once.writeStream.option("checkpointLocation", CHECKPOINT).toTable("cumulocity_events")
