((from_instruction as: (image_alias) @title) @definition.block (#set! until_next) (#set! flat))
((from_instruction !as (image_spec name: (image_name) @title)) @definition.block (#set! until_next) (#set! flat))
(arg_instruction name: (unquoted_string) @title) @definition.constant
(env_instruction (env_pair name: (unquoted_string) @title)) @definition.constant

(comment) @lead

(image_spec name: (image_name) @reference.import)
