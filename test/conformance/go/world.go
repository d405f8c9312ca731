package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
	"github.com/coder/websocket"
)

// What the runner says about the hub.
var (
	transport = setting("TRANSPORT")
	hub       = setting("HUB")
	port      = setting(strings.ToUpper(transport) + "_PORT")
)

func setting(name string) string {
	value, found := os.LookupEnv("CONFORMANCE_" + name)
	if !found {
		panic("CONFORMANCE_" + name + " is not set; run npm run conformance")
	}
	return value
}

// Few and quick retries, but enough for a hub that is away for a second.
var retryOptions = azeventhubs.RetryOptions{MaxRetries: 5, RetryDelay: 200 * time.Millisecond, MaxRetryDelay: time.Second}

// withKey is the part of a connection string that holds a key.
func withKey(key string) string {
	return fmt.Sprintf("SharedAccessKeyName=%s;SharedAccessKey=%s", setting("KEY_NAME"), key)
}

func rightKey() string { return withKey(setting("KEY")) }

// namespace has the port in it, except over TLS: there it is what the certificate must name.
func namespace() string {
	if transport == "tls" {
		return "localhost"
	}
	return "localhost:" + port
}

// customEndpoint is where TLS connects to.
func customEndpoint() string {
	if transport == "tls" {
		return "localhost:" + port
	}
	return ""
}

// connectionString holds a key or a finished token. The flag of the emulator means plain TCP.
func connectionString(secret string) string {
	text := fmt.Sprintf("Endpoint=sb://%s/;%s", namespace(), secret)
	if transport == "amqp" {
		text += ";UseDevelopmentEmulator=true"
	}
	return text
}

func tlsConfig() *tls.Config {
	pem, err := os.ReadFile(setting("AUTHORITY"))
	if err != nil {
		panic(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pem)
	return &tls.Config{RootCAs: roots}
}

type dialer = func(ctx context.Context, params azeventhubs.WebSocketConnParams) (net.Conn, error)

// webSocketDialer is nil unless the transport is WebSocket; the SDK leaves the dialling to its user.
func webSocketDialer() dialer {
	if transport != "websocket" {
		return nil
	}
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: tlsConfig()}}
	return func(ctx context.Context, params azeventhubs.WebSocketConnParams) (net.Conn, error) {
		options := &websocket.DialOptions{Subprotocols: []string{"amqp"}, HTTPClient: client}
		connection, _, err := websocket.Dial(ctx, params.Host, options)
		if err != nil {
			return nil, err
		}
		// The context of the call ends with it; the connection does not.
		return websocket.NetConn(context.Background(), connection, websocket.MessageBinary), nil
	}
}

func producerOptions(retries int32) *azeventhubs.ProducerClientOptions {
	retry := retryOptions
	retry.MaxRetries = retries
	return &azeventhubs.ProducerClientOptions{
		RetryOptions:     retry,
		TLSConfig:        tlsConfig(),
		CustomEndpoint:   customEndpoint(),
		NewWebSocketConn: webSocketDialer(),
	}
}

// producer is closed when its check is over.
func (check *check) producer() *azeventhubs.ProducerClient {
	return check.producerFor(rightKey(), hub, retryOptions.MaxRetries)
}

func (check *check) producerFor(secret string, hub string, retries int32) *azeventhubs.ProducerClient {
	client, err := azeventhubs.NewProducerClientFromConnectionString(connectionString(secret), hub, producerOptions(retries))
	check.must(err)
	check.atEnd(func(ctx context.Context) { client.Close(ctx) })
	return client
}

func (check *check) consumer() *azeventhubs.ConsumerClient {
	options := &azeventhubs.ConsumerClientOptions{
		RetryOptions:     retryOptions,
		TLSConfig:        tlsConfig(),
		CustomEndpoint:   customEndpoint(),
		NewWebSocketConn: webSocketDialer(),
	}
	client, err := azeventhubs.NewConsumerClientFromConnectionString(connectionString(rightKey()), hub, azeventhubs.DefaultConsumerGroup, options)
	check.must(err)
	check.atEnd(func(ctx context.Context) { client.Close(ctx) })
	return client
}

// order gives an order to the hub.
func (check *check) order(path string) string {
	response, err := http.Post(setting("CONTROL")+"/"+path, "text/plain", nil)
	check.must(err)
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	check.must(err)
	check.expect(response.StatusCode == http.StatusOK, "order %s: %s", path, body)
	return string(body)
}

// credential gives the tokens that the hub makes.
type credential struct{ check *check }

func (credential credential) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	token := credential.check.order("token/jwt/3600")
	return azcore.AccessToken{Token: token, ExpiresOn: time.Now().Add(time.Hour)}, nil
}
