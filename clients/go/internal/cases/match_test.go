package cases

import (
	"encoding/json"
	"testing"

	"google.golang.org/grpc/codes"

	chatapi "github.com/chatapi/chatapi/clients/go"
)

func TestMatches(t *testing.T) {
	for _, test := range []struct {
		name, expected, actual, want string
	}{
		{"further keys do not matter", `{"a": 1}`, `{"a": 1, "b": 2}`, ""},
		{"also deep inside", `{"a": [{"b": {}}]}`, `{"a": [{"b": {"c": 1}}]}`, ""},
		{"a key that is missing", `{"a": {"b": 1}}`, `{"a": {}}`, "answer.a.b is missing, want 1"},
		{"another value", `{"a": "1"}`, `{"a": 1}`, "answer.a is 1, want 1"},
		{"a longer list", `[1]`, `[1, 2]`, "answer is [1 2], want [1]"},
		{"another element", `[1, 2]`, `[1, 3]`, "answer.1 is 3, want 2"},
		{"an object in place of a list", `[]`, `{}`, "answer is map[], want []"},
		{"nothing in place of an object", `{}`, `null`, "answer is <nil>, want map[]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := mismatch("answer", value(t, test.expected), value(t, test.actual)); got != test.want {
				t.Fatalf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestFollowsPaths(t *testing.T) {
	answer := value(t, `{"streams": [{"id": "7"}]}`)
	if got, has := at(answer, "streams.0.id"); !has || got != "7" {
		t.Fatal(got, has)
	}
	for _, path := range []string{"streams.1.id", "streams.x", "stream", "streams.0.id.more"} {
		if got, has := at(answer, path); has {
			t.Fatal(path, got)
		}
	}
}

func TestMatchesErrors(t *testing.T) {
	fields := []string{"b", "a"}
	expected := expectedError{Code: "INVALID_ARGUMENT", Fields: &fields}
	failure := &chatapi.Error{Code: codes.InvalidArgument, Fields: []chatapi.FieldViolation{{Field: "a"}, {Field: "b"}, {Field: "a"}}}
	if difference := expected.mismatch(failure); difference != "" {
		t.Fatal(difference)
	}
	for name, other := range map[string]error{
		"no error":       nil,
		"another code":   &chatapi.Error{Code: codes.NotFound, Fields: failure.Fields},
		"another field":  &chatapi.Error{Code: codes.InvalidArgument, Fields: failure.Fields[:1]},
		"another reason": &chatapi.Error{Code: codes.InvalidArgument, Fields: failure.Fields, Reason: 1},
	} {
		e := expected
		if name == "another reason" {
			e.Reason = "ERROR_REASON_MALFORMED_REQUEST"
		}
		if e.mismatch(other) == "" {
			t.Errorf("%s matches", name)
		}
	}
}

func TestRefusesFilesItDoesNotUnderstand(t *testing.T) {
	for _, text := range []string{"cases: [{nmae: x}]", "given: [{platfrom: qq}]", "- 1", "cases: ["} {
		if _, err := parse([]byte(text)); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}

func value(t *testing.T, text string) (v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatal(err)
	}
	return v
}
