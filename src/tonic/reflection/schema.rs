//! The numbers of fields in [`descriptor.proto`], as far as they are looked at.
//!
//! [`descriptor.proto`]: https://github.com/protocolbuffers/protobuf/blob/main/src/google/protobuf/descriptor.proto

pub(super) const SET_FILE: u32 = 1;

pub(super) const FILE_NAME: u32 = 1;
pub(super) const FILE_PACKAGE: u32 = 2;
pub(super) const FILE_DEPENDENCY: u32 = 3;
pub(super) const FILE_MESSAGE: u32 = 4;
pub(super) const FILE_ENUM: u32 = 5;
pub(super) const FILE_SERVICE: u32 = 6;
pub(super) const FILE_EXTENSION: u32 = 7;
pub(super) const FILE_OPTIONS: u32 = 8;
pub(super) const FILE_PUBLIC_DEPENDENCY: u32 = 10;
pub(super) const FILE_WEAK_DEPENDENCY: u32 = 11;
pub(super) const FILE_SYNTAX: u32 = 12;
pub(super) const FILE_EDITION: u32 = 14;
pub(super) const FILE_OPTION_DEPENDENCY: u32 = 15;

pub(super) const MESSAGE_NAME: u32 = 1;
pub(super) const MESSAGE_FIELD: u32 = 2;
pub(super) const MESSAGE_NESTED: u32 = 3;
pub(super) const MESSAGE_ENUM: u32 = 4;
pub(super) const MESSAGE_EXTENSION_RANGE: u32 = 5;
pub(super) const MESSAGE_EXTENSION: u32 = 6;
pub(super) const MESSAGE_OPTIONS: u32 = 7;
pub(super) const MESSAGE_ONEOF: u32 = 8;
pub(super) const MESSAGE_VISIBILITY: u32 = 11;

pub(super) const FIELD_NAME: u32 = 1;
pub(super) const FIELD_EXTENDEE: u32 = 2;
pub(super) const FIELD_NUMBER: u32 = 3;
pub(super) const FIELD_TYPE_NAME: u32 = 6;
pub(super) const FIELD_OPTIONS: u32 = 8;

pub(super) const ONEOF_OPTIONS: u32 = 2;

pub(super) const EXTENSION_RANGE_OPTIONS: u32 = 3;

pub(super) const ENUMERATION_NAME: u32 = 1;
pub(super) const ENUMERATION_VALUE: u32 = 2;
pub(super) const ENUMERATION_OPTIONS: u32 = 3;

pub(super) const VALUE_OPTIONS: u32 = 3;

pub(super) const SERVICE_NAME: u32 = 1;
pub(super) const SERVICE_METHOD: u32 = 2;
pub(super) const SERVICE_OPTIONS: u32 = 3;

pub(super) const METHOD_NAME: u32 = 1;
pub(super) const METHOD_INPUT: u32 = 2;
pub(super) const METHOD_OUTPUT: u32 = 3;
pub(super) const METHOD_OPTIONS: u32 = 4;

/// The messages whose extensions are options.
pub(super) const FILE_OPTION_TYPE: &str = "google.protobuf.FileOptions";
pub(super) const MESSAGE_OPTION_TYPE: &str = "google.protobuf.MessageOptions";
pub(super) const FIELD_OPTION_TYPE: &str = "google.protobuf.FieldOptions";
pub(super) const ONEOF_OPTION_TYPE: &str = "google.protobuf.OneofOptions";
pub(super) const EXTENSION_RANGE_OPTION_TYPE: &str = "google.protobuf.ExtensionRangeOptions";
pub(super) const ENUM_OPTION_TYPE: &str = "google.protobuf.EnumOptions";
pub(super) const VALUE_OPTION_TYPE: &str = "google.protobuf.EnumValueOptions";
pub(super) const SERVICE_OPTION_TYPE: &str = "google.protobuf.ServiceOptions";
pub(super) const METHOD_OPTION_TYPE: &str = "google.protobuf.MethodOptions";
