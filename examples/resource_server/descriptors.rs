//! What `tests/live/clients/demo.proto` says, as `protoc` would write it: as much of it as this server has.

use prost::Message as _;
use prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorProto, FileDescriptorSet,
    MethodDescriptorProto, ServiceDescriptorProto,
    field_descriptor_proto::{Label, Type},
};

/// An encoded set of one file, with these services, each with its methods and what they return.
pub(crate) fn encoded(services: &[(&str, &[(&str, &str)])]) -> Vec<u8> {
    let services = services
        .iter()
        .map(|(name, methods)| service(name, methods));
    let file = FileDescriptorProto {
        name: Some("demo.proto".to_owned()),
        package: Some("demo".to_owned()),
        message_type: vec![message("Note"), message("Counts")],
        service: services.collect(),
        syntax: Some("proto3".to_owned()),
        ..FileDescriptorProto::default()
    };
    FileDescriptorSet { file: vec![file] }.encode_to_vec()
}

/// A message of one text.
fn message(name: &str) -> DescriptorProto {
    DescriptorProto {
        name: Some(name.to_owned()),
        field: vec![FieldDescriptorProto {
            name: Some("text".to_owned()),
            number: Some(1),
            label: Some(Label::Optional.into()),
            r#type: Some(Type::String.into()),
            json_name: Some("text".to_owned()),
            ..FieldDescriptorProto::default()
        }],
        ..DescriptorProto::default()
    }
}

fn service(name: &str, methods: &[(&str, &str)]) -> ServiceDescriptorProto {
    let methods = methods.iter().map(|(name, returns)| MethodDescriptorProto {
        name: Some((*name).to_owned()),
        input_type: Some(".demo.Note".to_owned()),
        output_type: Some(format!(".demo.{returns}")),
        ..MethodDescriptorProto::default()
    });
    ServiceDescriptorProto {
        name: Some(name.to_owned()),
        method: methods.collect(),
        ..ServiceDescriptorProto::default()
    }
}
