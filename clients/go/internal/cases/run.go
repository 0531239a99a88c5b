package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"sort"
	"strings"
	"testing"

	"google.golang.org/genproto/googleapis/rpc/code"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	chatapi "github.com/chatapi/chatapi/clients/go"
	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Run runs the cases in their order.
func (f *File) Run(t *testing.T, stub chatapiv1.ChatApiClient) {
	kept := map[string]any{}
	for _, c := range f.cases {
		t.Run(c.Name, func(t *testing.T) {
			answer, err := invoke(stub, c.Call, substitute(c.Request, kept))
			if c.Error != nil {
				if difference := c.Error.mismatch(err); difference != "" {
					t.Fatal(difference)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			c.check(t, answer)
			for name, path := range c.Keep {
				value, has := at(answer, path)
				if !has {
					t.Fatalf("nothing to keep at %s", path)
				}
				kept["${"+name+"}"] = value
			}
		})
	}
}

func (c *testCase) check(t *testing.T, answer any) {
	if difference := mismatch("answer", c.Answer, answer); c.Answer != nil && difference != "" {
		t.Fatalf("%s\nin %v", difference, answer)
	}
	for _, path := range c.Absent {
		if value, has := at(answer, path); has {
			t.Fatalf("%s is there: %v", path, value)
		}
	}
}

// invoke makes a call by its name, with the request and the answer in JSON.
func invoke(stub chatapiv1.ChatApiClient, call string, request any) (any, error) {
	method := reflect.ValueOf(stub).MethodByName(call)
	if !method.IsValid() {
		return nil, fmt.Errorf("there is no call %s", call)
	}
	message := reflect.New(method.Type().In(1).Elem())
	if request != nil {
		text, err := json.Marshal(request)
		if err != nil {
			return nil, err
		}
		if err := protojson.Unmarshal(text, message.Interface().(proto.Message)); err != nil {
			return nil, err
		}
	}
	results := method.Call([]reflect.Value{reflect.ValueOf(context.Background()), message})
	if err, failed := results[1].Interface().(error); failed {
		return nil, err
	}
	return toJSON(results[0].Interface().(proto.Message))
}

// substitute puts what was kept where the request asks for it.
func substitute(value any, kept map[string]any) any {
	switch value := value.(type) {
	case map[string]any:
		result := make(map[string]any, len(value))
		for key, inner := range value {
			result[key] = substitute(inner, kept)
		}
		return result
	case []any:
		result := make([]any, len(value))
		for i, inner := range value {
			result[i] = substitute(inner, kept)
		}
		return result
	case string:
		if replacement, is := kept[value]; is {
			return replacement
		}
	}
	return value
}

func (e *expectedError) mismatch(err error) string {
	var failure *chatapi.Error
	if !errors.As(err, &failure) {
		return fmt.Sprintf("want the error %+v, got %v", *e, err)
	}
	var fields []string
	for _, violation := range failure.Fields {
		fields = append(fields, violation.Field)
	}
	if actual := code.Code(failure.Code).String(); e.Code != "" && e.Code != actual {
		return fmt.Sprintf("want the code %s, got %v", e.Code, err)
	}
	if e.Reason != "" && e.Reason != failure.Reason.String() {
		return fmt.Sprintf("want the reason %s, got %v", e.Reason, err)
	}
	if e.Fields != nil && set(*e.Fields) != set(fields) {
		return fmt.Sprintf("want the fields %v, got %v", *e.Fields, fields)
	}
	return ""
}

func set(items []string) string {
	seen := map[string]bool{}
	var distinct []string
	for _, item := range items {
		if !seen[item] {
			seen[item] = true
			distinct = append(distinct, item)
		}
	}
	sort.Strings(distinct)
	return strings.Join(distinct, " ")
}
