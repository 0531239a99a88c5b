package cases

import (
	"fmt"
	"reflect"
	"sort"
	"strconv"
	"strings"
)

// mismatch tells where a value differs from the expected one; empty when it does not.
func mismatch(path string, expected, actual any) string {
	switch expected := expected.(type) {
	case map[string]any:
		object, ok := actual.(map[string]any)
		if !ok {
			break
		}
		for _, key := range sortedKeys(expected) {
			value, has := object[key]
			if !has {
				return fmt.Sprintf("%s.%s is missing, want %v", path, key, expected[key])
			}
			if difference := mismatch(path+"."+key, expected[key], value); difference != "" {
				return difference
			}
		}
		return ""
	case []any:
		list, ok := actual.([]any)
		if !ok || len(list) != len(expected) {
			break
		}
		for i := range expected {
			if difference := mismatch(fmt.Sprintf("%s.%d", path, i), expected[i], list[i]); difference != "" {
				return difference
			}
		}
		return ""
	default:
		if reflect.DeepEqual(expected, actual) {
			return ""
		}
	}
	return fmt.Sprintf("%s is %v, want %v", path, actual, expected)
}

// at follows a dotted path.
func at(value any, path string) (any, bool) {
	for _, step := range strings.Split(path, ".") {
		switch container := value.(type) {
		case map[string]any:
			inner, has := container[step]
			if !has {
				return nil, false
			}
			value = inner
		case []any:
			i, err := strconv.Atoi(step)
			if err != nil || i < 0 || i >= len(container) {
				return nil, false
			}
			value = container[i]
		default:
			return nil, false
		}
	}
	return value, true
}

func sortedKeys(object map[string]any) []string {
	keys := make([]string, 0, len(object))
	for key := range object {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}
