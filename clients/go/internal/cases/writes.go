package cases

import (
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"

	chatapiv1 "github.com/chatapi/chatapi/gen/go/chatapi/v1"
)

// Writes tells whether a case calls what may write, so that each run of the file needs a server of its own.
func (f *File) Writes() bool {
	methods := chatapiv1.File_chatapi_v1_chat_api_proto.Services().ByName("ChatApi").Methods()
	for _, c := range f.cases {
		method := methods.ByName(protoreflect.Name(c.Call))
		if method == nil {
			return true
		}
		options, _ := method.Options().(*descriptorpb.MethodOptions)
		if options.GetIdempotencyLevel() != descriptorpb.MethodOptions_NO_SIDE_EFFECTS {
			return true
		}
	}
	return false
}
