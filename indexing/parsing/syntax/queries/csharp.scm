((namespace_declaration name: (_) @name) @definition.module (#set! flat))
(class_declaration name: (identifier) @name) @definition.class
(record_declaration name: (identifier) @name) @definition.class
(interface_declaration name: (identifier) @name) @definition.interface
(struct_declaration name: (identifier) @name) @definition.struct
(enum_declaration name: (identifier) @name) @definition.enum
(delegate_declaration name: (identifier) @name) @definition.type
(method_declaration name: (identifier) @name) @definition.method
(constructor_declaration name: (identifier) @name) @definition.method
(property_declaration name: (identifier) @name) @definition.method
(local_function_statement name: (identifier) @name) @definition.function
(field_declaration
  (modifier) @_const
  (variable_declaration (variable_declarator name: (identifier) @name))
  (#eq? @_const "const")) @definition.constant

(comment) @lead
(attribute_list) @lead.attribute

(invocation_expression function: [
  (identifier) @reference.call
  (generic_name (identifier) @reference.call)
  (member_access_expression name: (identifier) @reference.call)
  (member_access_expression name: (generic_name (identifier) @reference.call))])
(object_creation_expression type: [
  (identifier) @reference.call
  (generic_name (identifier) @reference.call)])
(attribute name: (identifier) @reference.type)
(using_directive [(identifier) (qualified_name)] @reference.import)
(base_list [
  (identifier) @reference.inherit
  (generic_name (identifier) @reference.inherit)
  (qualified_name name: (identifier) @reference.inherit)])
(parameter type: [
  (identifier) @reference.type
  (generic_name (identifier) @reference.type)])
(method_declaration returns: [
  (identifier) @reference.type
  (generic_name (identifier) @reference.type)])
(variable_declaration type: [
  (identifier) @reference.type
  (generic_name (identifier) @reference.type)])
