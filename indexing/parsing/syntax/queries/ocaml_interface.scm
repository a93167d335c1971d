(value_specification (value_name) @name) @definition.function
(external (value_name) @name) @definition.function
(type_definition (type_binding name: (type_constructor) @name) @definition.type)
(exception_definition (constructor_declaration (constructor_name) @name)) @definition.type
(module_type_definition (module_type_name) @name) @definition.interface
(class_type_definition (class_type_binding (class_type_name) @name)) @definition.interface

(comment) @lead

(open_module module: (module_path (module_name) @reference.import .))
(include_module module: (module_path (module_name) @reference.import .))
(type_constructor_path (type_constructor) @reference.type .)
