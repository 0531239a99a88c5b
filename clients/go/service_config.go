package chatapi

import (
	"encoding/json"

	"google.golang.org/protobuf/types/descriptorpb"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

type methodName struct {
	Service string `json:"service"`
	Method  string `json:"method"`
}

// serviceConfig lets gRPC retry the calls that the contract marks as free of side effects, and no others. Where several servers
// may stand behind one name, calls go to all of them in turn; gRPC itself would keep to one, and leave a connection that was
// lost alone until the next call, which is better where there is only one.
func serviceConfig(inTurn bool) string {
	service := chatapiv1.File_chatapi_v1_chat_api_proto.Services().ByName("ChatApi")
	var names []methodName
	for i := range service.Methods().Len() {
		method := service.Methods().Get(i)
		options, _ := method.Options().(*descriptorpb.MethodOptions)
		if options.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS {
			names = append(names, methodName{Service: string(service.FullName()), Method: string(method.Name())})
		}
	}
	policy := "pick_first"
	if inTurn {
		policy = "round_robin"
	}
	config, err := json.Marshal(map[string]any{
		"loadBalancingConfig": []any{map[string]any{policy: struct{}{}}},
		"methodConfig": []any{map[string]any{
			"name": names,
			"retryPolicy": map[string]any{
				"maxAttempts":          5, // gRPC allows no more
				"initialBackoff":       "0.2s",
				"backoffMultiplier":    2.5,
				"maxBackoff":           "2s",
				"retryableStatusCodes": []string{"UNAVAILABLE"},
			},
		}},
		// A hundred calls in flight all outlast a restart; when thousands fail, they do not all come back five times.
		"retryThrottling": map[string]any{"maxTokens": 1000, "tokenRatio": 1}, // gRPC allows no more tokens
	})
	if err != nil {
		panic(err) // strings and numbers only
	}
	return string(config)
}
