package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

const (
	checkTimeout = 30 * time.Second
	modulePath   = "github.com/Azure/azure-sdk-for-go/sdk/messaging/azeventhubs/v2"
)

// check is one thing the SDK is to do; it panics with a failure when it does not.
type check struct {
	ctx  context.Context
	ends []func(context.Context)
}

type namedCheck struct {
	name string
	run  func(*check)
}

type failure struct{ text string }

// skip says that the SDK has no such thing.
type skip struct{ text string }

type row struct {
	Client    string `json:"client"`
	Version   string `json:"version"`
	Transport string `json:"transport"`
	Check     string `json:"check"`
	Result    string `json:"result"`
	Detail    string `json:"detail,omitempty"`
}

// report runs one check and writes its outcome as one line of JSON.
func report(named namedCheck) {
	result, detail := outcome(named)
	line := row{"azeventhubs", sdkVersion(), transport, named.name, result, detail}
	json.NewEncoder(os.Stdout).Encode(line)
}

func outcome(named namedCheck) (result string, detail string) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	current := &check{ctx: ctx}
	defer current.close()
	defer func() {
		switch thrown := recover().(type) {
		case nil:
		case failure:
			result, detail = "fail", thrown.text
		case skip:
			result, detail = "skip", thrown.text
		default:
			panic(thrown)
		}
	}()
	named.run(current)
	return "pass", ""
}

func (check *check) atEnd(end func(context.Context)) { check.ends = append(check.ends, end) }

func (check *check) close() {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	for index := len(check.ends) - 1; index >= 0; index-- {
		check.ends[index](ctx)
	}
}

func (check *check) expect(isSo bool, format string, values ...any) {
	if !isSo {
		panic(failure{fmt.Sprintf(format, values...)})
	}
}

func (check *check) must(err error) {
	if err != nil {
		panic(failure{err.Error()})
	}
}

// expectError fails unless there is an error whose text holds one of these.
func (check *check) expectError(err error, texts ...string) {
	check.expect(err != nil, "no error")
	for _, text := range texts {
		if strings.Contains(err.Error(), text) {
			return
		}
	}
	panic(failure{fmt.Sprintf("expected %v, got %v", texts, err)})
}

// expectCode fails unless there is an error of the SDK with this code.
func (check *check) expectCode(err error, code azeventhubs.ErrorCode) {
	var known *azeventhubs.Error
	check.expect(errors.As(err, &known) && known.Code == code, "expected %s, got %v", code, err)
}

func sdkVersion() string {
	info, _ := debug.ReadBuildInfo()
	for _, module := range info.Deps {
		if module.Path == modulePath {
			return strings.TrimPrefix(module.Version, "v")
		}
	}
	return "unknown"
}
