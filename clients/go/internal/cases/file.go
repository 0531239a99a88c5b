// Package cases reads the cases that every language runs, test/cases/*.yaml, and runs them. Their README has the rules.
package cases

import (
	"encoding/json"
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"
	"google.golang.org/protobuf/encoding/protojson"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// File is a file of cases.
type File struct {
	Given []*chatapiv1.Activity
	cases []testCase
}

type testCase struct {
	Name    string            `json:"name"`
	Call    string            `json:"call"`
	Request any               `json:"request"`
	Answer  any               `json:"answer"`
	Error   *expectedError    `json:"error"`
	Absent  []string          `json:"absent"`
	Keep    map[string]string `json:"keep"`
}

type expectedError struct {
	Code   string    `json:"code"`
	Reason string    `json:"reason"`
	Fields *[]string `json:"fields"`
}

// Read reads a file. What it does not understand is an error.
func Read(path string) (*File, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	file, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return file, nil
}

func parse(text []byte) (*File, error) {
	var document any
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	var content struct {
		Given []json.RawMessage `json:"given"`
		Cases []testCase        `json:"cases"`
	}
	if err := convert(document, &content); err != nil {
		return nil, err
	}
	file := &File{cases: content.Cases}
	for _, given := range content.Given {
		activity := &chatapiv1.Activity{}
		if err := protojson.Unmarshal(given, activity); err != nil {
			return nil, err
		}
		file.Given = append(file.Given, activity)
	}
	return file, nil
}

// convert carries a value over by its JSON.
func convert(from, to any) error {
	text, err := json.Marshal(from)
	if err != nil {
		return err
	}
	return unmarshalStrictly(text, to)
}
