# find_package(convgen) gives convgen_add_layer(), a library of generated kernels that is printed when it is built:
#
#     find_package(convgen REQUIRED)                 # cmake -Dconvgen_DIR="$(convgen --cmake-dir)" ...
#     convgen_add_layer(NAME stem SPEC ic3ih224oc64kh7sh2ph3 TARGET x86-64-v3 OPTIONS --activation relu)
#     target_link_libraries(app PRIVATE stem)        # main.c: #include "stem.h"
#
#     NAME      of the library; and of its kernel, if SPEC is one descriptor
#     SPEC      descriptors and files of layers
#     TARGET    the machine to plan for; scalar, plain C for any, if not given
#     LOCK      FILE of tuned plans, if not the project's convgen.lock; LOCKED: refuse layers that it does not hold
#     OPENMP    let the kernels start their own threads
#     OPTIONS   others of convgen generate: --layout nhwc --no-verify ...
#
# Kernels are printed again when their layers, the lock or convgen itself change, and only then; those that come out the
# same are not compiled again. convgen_EXECUTABLE is the program; for a package of a whole model, use convgen package and
# add_subdirectory.

cmake_policy(VERSION 3.20...3.31)

find_program(convgen_EXECUTABLE convgen
    HINTS "${CMAKE_CURRENT_LIST_DIR}/../../../../../bin" "${CMAKE_CURRENT_LIST_DIR}/../../../../Scripts")
if(NOT convgen_EXECUTABLE)
    set(convgen_FOUND FALSE)
    set(convgen_NOT_FOUND_MESSAGE "the program convgen is not on PATH; name it by -Dconvgen_EXECUTABLE=FILE")
    return()
endif()

function(convgen_add_layer)
    cmake_parse_arguments(PARSE_ARGV 0 layer "LOCKED;OPENMP" "NAME;TARGET;LOCK" "SPEC;OPTIONS")
    if(NOT layer_NAME OR NOT layer_SPEC OR layer_UNPARSED_ARGUMENTS)
        message(FATAL_ERROR "convgen_add_layer must have a NAME and a SPEC, and no other words (${layer_UNPARSED_ARGUMENTS})")
    endif()
    if(NOT layer_TARGET)
        set(layer_TARGET scalar)
    endif()
    set(folder "${CMAKE_CURRENT_BINARY_DIR}/convgen/${layer_NAME}")
    set(words ${layer_SPEC} --target ${layer_TARGET} ${layer_OPTIONS} -o "${folder}")
    list(LENGTH layer_SPEC count)
    if(count EQUAL 1 AND NOT EXISTS "${CMAKE_CURRENT_SOURCE_DIR}/${layer_SPEC}" AND NOT EXISTS "${layer_SPEC}")
        list(APPEND words --name ${layer_NAME})
    endif()
    if(layer_LOCK)
        list(APPEND words --lock "${layer_LOCK}")
    endif()
    if(layer_LOCKED)
        list(APPEND words --locked)
    endif()

    # What it will write, and what that depends on: also on whether there is a lock where one is looked for. All that is
    # in the folder is convgen's, of whatever target it was before.
    list(APPEND words --update --force --quiet)
    execute_process(COMMAND "${convgen_EXECUTABLE}" generate ${words} --dry-run --json
        WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}" RESULT_VARIABLE failed OUTPUT_VARIABLE said ERROR_VARIABLE why)
    if(failed)
        message(FATAL_ERROR "convgen_add_layer(NAME ${layer_NAME}): ${why}")
    endif()
    _convgen_list(depends "${said}" depends)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${depends})
    _convgen_list(searched "${said}" searched)
    set(locks)
    if(searched)
        file(GLOB locks CONFIGURE_DEPENDS ${searched})
    endif()
    file(GENERATE OUTPUT "${folder}.locks" CONTENT "${locks}\n")
    set(files)
    set(libraries)
    string(JSON last LENGTH "${said}" outputs)
    math(EXPR last "${last} - 1")
    foreach(index RANGE ${last})
        string(JSON length LENGTH "${said}" outputs ${index} files)
        math(EXPR length "${length} - 1")
        foreach(at RANGE ${length})
            string(JSON file GET "${said}" outputs ${index} files ${at} path)
            list(APPEND files "${file}")
            if(file MATCHES "_opencl\\.c$")
                find_package(OpenCL REQUIRED)
                set(libraries OpenCL::OpenCL)
            endif()
        endforeach()
        string(JSON flags GET "${said}" outputs ${index} flags) # gcc and clang do without
        if(MSVC AND flags MATCHES "-mavx512")
            set(arch /arch:AVX512)
        elseif(MSVC AND flags MATCHES "-mavx2" AND NOT arch)
            set(arch /arch:AVX2)
        endif()
    endforeach()

    add_custom_command(OUTPUT "${folder}.stamp" BYPRODUCTS ${files}
        COMMAND "${convgen_EXECUTABLE}" generate ${words} --depfile "${folder}.d" --stamp "${folder}.stamp"
        DEPENDS "${folder}.locks" DEPFILE "${folder}.d" WORKING_DIRECTORY "${CMAKE_CURRENT_SOURCE_DIR}"
        COMMENT "Printing the kernels of ${layer_NAME}" VERBATIM)
    add_custom_target(${layer_NAME}_convgen DEPENDS "${folder}.stamp")
    add_library(${layer_NAME} STATIC ${files})
    add_dependencies(${layer_NAME} ${layer_NAME}_convgen)
    set_target_properties(${layer_NAME} PROPERTIES C_STANDARD 99 POSITION_INDEPENDENT_CODE ON)
    target_include_directories(${layer_NAME} PUBLIC "${folder}")
    target_compile_options(${layer_NAME} PRIVATE ${arch} $<$<AND:$<NOT:$<BOOL:${MSVC}>>,$<CONFIG:>>:-O3>)
    if(layer_OPENMP)
        find_package(OpenMP REQUIRED COMPONENTS C)
        list(APPEND libraries OpenMP::OpenMP_C)
    endif()
    target_link_libraries(${layer_NAME} PUBLIC ${libraries})
endfunction()

# The paths in an array of a JSON document, from the current source folder.
function(_convgen_list result document key)
    set(found)
    string(JSON length LENGTH "${document}" ${key})
    if(length)
        math(EXPR length "${length} - 1")
        foreach(at RANGE ${length})
            string(JSON path GET "${document}" ${key} ${at})
            get_filename_component(path "${path}" ABSOLUTE BASE_DIR "${CMAKE_CURRENT_SOURCE_DIR}")
            list(APPEND found "${path}")
        endforeach()
    endif()
    set(${result} ${found} PARENT_SCOPE)
endfunction()
